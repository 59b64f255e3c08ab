"""Text to vectors, offline by default.

In: redacted texts.  Out: unit vectors as a float32 array, with the model that made them.  Read `static.py` first: the
weights of a small static model, read from its wheel without asking any network.
"""
