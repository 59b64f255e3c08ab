"""Paired statistics: numbers in, numbers out; nothing here knows what a task or an agent is.

In: differences, shares, counts, and which of them belong together. Out: p values, intervals, sizes. Nothing reads a
clock or a file, and what is random is seeded, so equal numbers give equal answers. Read first: `paired.py`.
"""
