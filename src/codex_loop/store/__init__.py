"""The only room that knows SQL.

In: rows, by table, from capture.  Out: domain questions answered (`sessions`, `sources`, `archive`, ...).  Read
`schema.py` first (every table), then `engine.py` (one connection, two databases) and `writer.py` (the one
transaction in which rows, archive and cursor move together).
"""
