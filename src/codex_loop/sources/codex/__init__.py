"""What Codex leaves behind: rollouts of every generation, event streams, the prompt history.

In: lines.  Out: records.  Read `rollout.py` first.
"""
