"""A provider's server, for who may ask it: a key, what may be spent, and a question; an answer, or why there is none.

Begin with `post.py`, which sends; `responses.py` asks a model for JSON of one shape, within
what one run may spend, as `budget.py` says it.
"""
