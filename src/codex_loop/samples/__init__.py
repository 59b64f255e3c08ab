"""What is bundled for machines that have nothing yet: sessions of real agents, and the repositories they worked in.

In: nothing. Out: folders laid out as agents' homes, and real clones with the commits that the sessions recorded. Read
first: `repositories.py`; README.md beside it says how all of it is made anew.
"""
