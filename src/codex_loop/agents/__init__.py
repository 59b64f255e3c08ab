"""Clients of the agents' own programs: asked, never changed.

In: a program's path, a deadline.  Out: what it says of its account's limits, as a `StatusEvent`.  Every child runs in
a process group of its own and is gone when its deadline is.  Read `status.py` first: it asks the best source that is
there and says which one answered.
"""
