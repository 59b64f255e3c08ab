"""A deterministic home full of Codex and Claude Code sessions, with its exact truth.

In: a size and a seed. Out: `DIR/codex/sessions/…`, `DIR/claude/projects/…` and `truth.json`, the
numbers that a perfect reader of that tree must arrive at. The shape (sizes, shares of record types,
repetitions, forks, damage) follows what was measured on real sessions. Read `plan.py` first, then
`codex_threads.py` and `claude_sessions.py`.
"""
