"""Sessions with planted events, and what a detector has to say of each: nothing more, nothing less.

    pen.py       what can happen in a session; codex.py and claude.py write it down as each version of an agent does
    words.py     what people say and what programs print
    work.py      ordinary work, in which everything else is hidden
    planted.py   what a case promises; failing.py, looping.py, checking.py, asking.py, undoing.py, forgetting.py,
                 talking.py and ending.py plant it, one family of signals a file
    spine.py     trace spines, and firehose.py what only they tell
    benign.py    what only looks like trouble
    cases.py     all of them, by name; the sessions of a run
    board.py     from sessions to verdicts, through the real product

Written from the definitions, without looking at the detectors.
"""
