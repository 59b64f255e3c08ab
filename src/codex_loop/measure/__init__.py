"""Did a change help? Runs of Harbor over a dataset, stored, and compared with a baseline by honest statistics.

In: a dataset, an agent. Out: an evaluation run and a verdict. Read first: `run.py`.
"""
