"""The numbers of the README, each a ratio to a peer or a floor of the same run.

`python -m benchmarks` prints them all. `corpus/` writes a home of sessions with its exact truth, `measure.py` runs
whole processes in turns, `ingest.py` holds the budgets. Read `ingest.py` first.
"""
