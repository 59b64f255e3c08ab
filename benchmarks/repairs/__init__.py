"""Forty scripted sessions of real agents over small repositories with tests: what can be made into tasks, and what not.

In: repositories as text (`repositories/`) and stories (`stories.py` and the files it puts together). Out: homes as the
agents leave them, in a cache folder, and the clones they worked in. Read first: `story.py`.
"""
