"""A moment of a session becomes a task: the user's words, the files as they were, hidden tests, a known solution.

In: a signal, a cluster or a span of a session's lines, and a repository. Out: draft task folders, or the reason why
there is none; what a draft is worth is found out by `tasks/gate`. Read first: `distill.py`, then `story.py`.
"""
