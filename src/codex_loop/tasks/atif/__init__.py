"""Sessions as ATIF documents, which other tools read, and whether a document is what it claims to be.

In: a `Recording`. Out: `trajectory.json` of schema 1.7 or a strict 1.4, images, a loss report whose numbers add up.
Read first: `steps.py` (records become steps), then `convert.py`; `rules.py` judges documents, ours and others'.
"""
