"""From recorded sessions to what others can rerun: bundles, ATIF, tasks that passed a gate, datasets.

In: a session's archived lines, a repository. Out: folders that Harbor runs. Read first: `distill/`.
"""
