"""Harbor's manifest of a dataset, in which a person reads what was let in and what was not."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from codex_loop.tasks.dataset.dataset import Dataset, Entry


def manifest(dataset: Dataset) -> str:
    """The text of dataset.toml."""
    unproven = sorted({each.state for each in dataset.tasks} - {"validated"})
    lines = [
        "[dataset]",
        f"name = {_text(f'local/{slug(dataset.name)}')}",
        f"version = {_text(f'1.0.{number(dataset.name) or 0}')}",
        f"description = {_text(' '.join(_told(dataset)))}",
        f"keywords = [{', '.join(map(_text, ('codex-loop', *unproven)))}]",
        "",
        "[[dataset.authors]]",
        'name = "codex-loop"',
    ]
    for each in sorted(dataset.tasks, key=lambda task: task.name):
        lines += ["", "[[tasks]]", f"name = {_text(each.name)}", f"digest = {_text(each.digest)}"]
    return "\n".join(lines) + "\n"


def slug(text: str) -> str:
    """A name of letters, digits, dashes and underscores."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_-") or "dataset"


def number(name: str) -> int | None:
    """The running number at the end of a dataset's name."""
    found = re.search(r"_(\d{3,})$", name)
    return None if found is None else int(found[1])


def _told(dataset: Dataset) -> Iterator[str]:
    proven = sum(each.state == "validated" for each in dataset.tasks)
    yield f"{proven} of {len(dataset.tasks) + len(dataset.set_aside)} tasks passed the validity gate."
    others = [each for each in dataset.tasks if each.state != "validated"]
    if others:
        yield f"Let in as asked, without having passed: {_counted(others)}."
    if dataset.set_aside:
        yield f"Set aside: {_counted(dataset.set_aside)}."


def _counted(entries: Sequence[Entry]) -> str:
    states = Counter(each.state for each in entries)
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def _text(text: str) -> str:
    # A JSON string is a TOML string, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
