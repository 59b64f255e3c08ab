"""Asking both agents for their limits, again and again, and keeping every answer.

In: the programs that say the limits, a clock. Out: lines in the samples' files, rows in the store, the sampler's state.
Read first: `cycle.py`.
"""
