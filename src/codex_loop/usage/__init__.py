"""What the ledger means: money, periods, limits, forecasts; and the programs that watch limits.

In: token rows and limit samples, counted by capture and kept by the store.  Out: reports, standings of every provider
window, notices, metrics, the status file.  Nothing here counts tokens.  Read `reports.py` (tokens and money by period)
and `limits.py` (what is left, and until when) first.
"""
