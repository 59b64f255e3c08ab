"""Is a task worth measuring with? What passes trivially, leaks, or differs each time, gets not through.

In: task folders, a workshop (Harbor, an environment). Out: a state for each, with every check and its evidence.
Read first: `gate.py`; then `measured.py` (which tests turn green), `behaviour.py` (what trials say), `leaks.py`.
"""
