"""Did a change help? Runs of Harbor over a dataset, stored, and compared with a baseline by honest statistics.

In: a dataset and an agent, or two runs. Out: an evaluation run in the store, and a verdict with its interval.
Read first: `run.py`, then `compare.py`; `measured.py` holds the nouns that both share.
"""
