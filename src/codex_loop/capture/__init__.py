"""Files and streams to rows, exactly once.

In: the agents' files.  Out: rows, archive segments and moved cursors, one transaction per batch.  Read `ingest.py`
for the whole walk, then `worker.py` (what happens to one batch of bytes) and `counting/` (the token rules).
"""
