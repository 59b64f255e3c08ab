"""Trace spines in their three dialects.

In: lines of segments.  Out: records, and findings about segments that break their own rules.  Read `spines.py` first.
"""
