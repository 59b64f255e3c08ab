"""What a person reads at the end: where time went, what keeps happening, whether it gets better.

In: signals, clusters and categories of the store.  Out: one `Summary`, drawn as text, Markdown or a page by its own
file.  Read `summary.py` first.
"""
