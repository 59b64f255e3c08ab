"""The ledger against what agents exported over OpenTelemetry: files only, nothing is stored.

In: files of OTLP/JSON, and the ledger.  Out: for every session of the export both numbers, and request by request why
they differ.  Read `comparison.py` first; `exports.py` counts everything once, `matching.py` finds the partner of each
request, `reasons.py` says why one has none.
"""
