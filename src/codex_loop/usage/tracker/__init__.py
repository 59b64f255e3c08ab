"""The tracker: windows of work with a snapshot of every limit before and after, and what ccusage said meanwhile.

In: pasted status panes, ccusage's JSON, counts of prompts, commits.  Out: append-only JSONL files, the sums drawn from
them, and the same records in the store.  Nothing is ever rewritten: a deletion is a line of its own.
Read `records.py` (what a line holds), `journal.py` (how it is kept) and `aliases.py` (what os, oe, ox, od do) first.
"""
