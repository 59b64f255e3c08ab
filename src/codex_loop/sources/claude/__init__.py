"""What Claude Code leaves behind: transcripts since 1.0, stream-json files, the prompt history.

In: lines.  Out: records.  Read `transcript.py` first.
"""
