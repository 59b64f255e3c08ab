"""What keeps happening: signals grouped by what their evidence says, with an identity that lasts.

In: vectors.  Out: labels, and from one run to the next the same cluster under the same id.  Read `grouping.py` first:
it finds groups without knowing how many there are, and never collapses into one.
"""
