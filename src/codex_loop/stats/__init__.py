"""Paired statistics: numbers in, verdicts out; nothing here knows what a task or an agent is.

Read first: `paired.py`.
"""
