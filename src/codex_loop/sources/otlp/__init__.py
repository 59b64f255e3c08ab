"""OpenTelemetry as agents export it: OTLP/JSON, one document a line or one a file, with logs and metrics.

In: such a file.  Out: `Request`, one answer of a provider as an event told it; `Count`, one data point of a counter of
tokens or costs; `Other`, everything else by its name.  Read `told.py` first; `documents.py` reads the envelope,
`claude.py` and `codex.py` each know what one agent calls things, `reading.py` brings them together.
"""
