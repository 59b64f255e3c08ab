"""codex-loop: the flight recorder and improvement loop for coding agents.

What enters: the files that Codex and Claude Code leave on this machine.
What leaves: one store that holds every session once, redacted, and what the commands read from it.

    agents' bytes -> sources -> capture -> store -> the commands

Read first: `docs/index.md` (how data flows), then `errors.py`, `model/`, `sources/`, `capture/`, `store/`, `cli/`.
"""

__version__ = "0.1.0"
