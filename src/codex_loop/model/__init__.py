"""The nouns every room shares: the record language, tokens, identities, clean text.

In: nothing.  Out: frozen Structs.  Read `records.py` first: every foreign format is decoded into
those records and nothing after `sources/` ever sees a raw foreign object.
"""
