"""An environment for Harbor without docker, on Linux: every command is a bubblewrap sandbox over one folder.

In: a task's Dockerfile, of which FROM is ignored. Out: what Harbor asks of an environment. The files here run in
Harbor's own Python (`stage.py`, a floor above, copies them there), so they import Harbor and the standard library
alone. Read first: `environment.py`, then `room.py`.
"""

PYTEST = "8.4.2"
"""The pytest that is there without a network: `python3 -m pip install pytest==8.4.2` finds it installed."""
