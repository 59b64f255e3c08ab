"""What hooks were told and left in `<data folder>/inbox`, a line each, for the next ingest.

In: lines of `statusline-YYYYMMDD.jsonl`, written by `codex-loop statusline`.  Out: `LimitObserved` records.
Read `statusline.py` first.
"""
