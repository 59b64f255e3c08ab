"""Texts with known groups, written by the project: what `benchmarks.clusters` measures grouping with.

Three sets, each as hard as the public kind it stands for: `desk` (near-synonym requests of one domain), `errands`
(many requests over ten domains) and `titles` (short titles of twenty topics that share most words). Every number a
set gives is of that set only; the public ones are not here.
"""
