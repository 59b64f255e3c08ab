"""Foreign formats, one file each, decoded into the record language.

In: the lines of a file that an agent left behind (already redacted).  Out: records, rejects, and the types nobody
knows yet.  Read `base.py` for the door that ours and third-party sources share (entry-point group
`codex_loop.sources`), then `codex/rollout.py`.
"""
