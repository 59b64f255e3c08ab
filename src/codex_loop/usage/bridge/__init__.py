"""Another tool's report beside our own ledger: where they differ, by how much, and why.

In: a report of ccusage, read by `sources/ccusage`. Out: differences, each with its reason. Read first: `comparison.py`.
"""
