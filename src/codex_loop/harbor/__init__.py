"""The client of Harbor, which is never imported: its program is started, its result files are read.

In: folders of tasks and what to run on them. Out: trials with rewards, causes, tokens. Read first: `job.py`, then
`trials.py`; `place.py` finds Harbor, `setup.py` installs it, `environments.py` says where tasks can run, and `sandbox/`
is the environment that needs no docker.
"""
