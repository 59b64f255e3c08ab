"""The heavy real programs our tests run: agents and peers by npm, and PostgreSQL.

`python -m tools.install` (or `make tools`) puts each into its own folder of a per-user cache, once; a test asks
`catalog.find` for a program and gets a path, or the sentence that says how to install it.
Read `catalog.py` first.
"""
