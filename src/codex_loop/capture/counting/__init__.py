"""The accounting lane: who spent how many tokens, by the providers' own rules.

In: raw blocks of complete lines.  Out: `Usage`, `LimitObserved` and the identity of the session.  One file per agent;
`base.py` is the door.
"""
