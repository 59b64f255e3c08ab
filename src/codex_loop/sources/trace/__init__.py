"""Rollout traces: what Codex writes where `CODEX_ROLLOUT_TRACE_ROOT` points.

In: lines, and the payload files beside them.  Out: records.  Read `traces.py` first.
"""
