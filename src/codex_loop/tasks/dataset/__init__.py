"""Datasets: folders of tasks that passed the gate, named and numbered, with what was set aside beside them.

In: what the gate found. Out: a folder that Harbor runs, its manifest, a sidecar, rows in the store. Read first:
`dataset.py` (what one is, and reading it back); then `assembly.py` (making one), `resolving.py` (finding one).
"""

from codex_loop.tasks.dataset.assembly import assemble
from codex_loop.tasks.dataset.dataset import Dataset, Entry, read
from codex_loop.tasks.dataset.resolving import resolve

__all__ = ["Dataset", "Entry", "assemble", "read", "resolve"]
