"""Files and streams to rows, exactly once.

In: the agents' files.  Out: rows, archive segments and moved cursors, one transaction per batch.  Read `ingest.py`
for the whole walk, then `recording.py` and `accounting.py` (what each lane does with new bytes), then `counting/`.
"""
