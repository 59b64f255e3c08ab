"""Files that are copied into every task as they stand here. They run in its verifier, with nothing of ours around."""
