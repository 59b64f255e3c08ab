"""The commands, thin: what enters are the words of a command line, what leaves is text, JSON and an exit code.

    __main__ -> app.run -> fast.bind (or framework.bind) -> one command function -> render.show

Read first: `app.py` (the table of commands), then any command module: each noun has one, each command parses nothing,
calls one function of a lower room and hands the report to `render.show`. `fast.py` binds the usual command lines
without importing the framework; whatever it does not fully understand goes to `framework.py`, which explains it.
"""
