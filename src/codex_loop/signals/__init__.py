"""The moments that cost people time, and those that saved it, each with its proof.

In: a session as the store holds it.  Out: signals: friction or delight, how bad, how sure, and what proves it.

    session.py   what a detector sees: prompts, answers, calls, edits, in the order they happened
    detector.py  what a detector is; catalogue.py: all of them, one table
    across.py    what only several sessions together show; commits.py: what became of what they committed
    coverage.py  what each version's files cannot show
    detect.py    which sessions changed, what every detector says of them, what is new, what is gone

Read `detector.py` first, then any family (`failures.py`, `loops.py`, `denials.py`, ...): each detector is a function.
"""
