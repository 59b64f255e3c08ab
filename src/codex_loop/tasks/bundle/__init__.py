"""A recorded session as a folder that others can read: `bundle.json`, its spine, its lines, its artifacts.

In: a session of the store. Out: a folder of schema `rollout_plus_v0`, and the same session read again from one.
Read first: `recording.py` (what a session is, wherever it comes from), then `writing.py`.
"""
