"""Samples of limits: `usage-YYYYMMDD.jsonl`, written by the sampler, one status event a line.

In: lines of those files, ours and older ones.  Out: `LimitObserved` records.  Read `event.py` first: the event is also
what `cctrack-codex-status` and `cctrack-claude-status` print. `spellings.py` reads everybody's events into ours.
"""
