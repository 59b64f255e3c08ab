"""What runs by itself: named jobs, started by systemd or launchd, also after a sleep of the machine.

In: a job of `jobs.py`, and the host it is to run on.  Out: the files and the commands that make it run there, written
and run by `install.py`.  Read `jobs.py` first: whoever has something to run at intervals adds a line to its table.
"""
