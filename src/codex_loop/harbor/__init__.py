"""The client of Harbor, which is never imported: its program is started, its result files are read.

In: folders of tasks and what to run on them. Out: trials with rewards, causes, tokens. Read first: `job.py`.
"""
