"""Status programs made by tests: real files that print what they are told to, and note each time that they run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

SEEN = {"5h_limit": {"used_percent": 42.0, "resets_at": "2099-01-01T00:00:00Z"}}

_PROGRAM = """#!{python}
import json, os, pathlib, sys, time
with open({calls!r}, "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
{body}
"""


class Programs:
    """Makes programs in a folder; `calls` says with which arguments each was run, one list per run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def make(self, name: str, body: str) -> str:
        path = self.folder / name
        text = _PROGRAM.format(python=sys.executable, calls=str(path) + ".calls", body=body)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    def says(self, name: str, event: object, *, code: int = 0) -> str:
        """Prints the event and ends with that code."""
        return self.make(name, f"print({json.dumps(event)!r}); sys.exit({code})")

    def works(self, name: str, **event: object) -> str:
        """Tells of one window."""
        return self.says(name, {"source_tool": "somebody", "seq_no": 7, "windows": SEEN} | event)

    def hangs(self, name: str) -> str:
        return self.make(name, "print('{', flush=True); time.sleep(60)")

    def calls(self, name: str) -> list[list[str]]:
        notes = self.folder / f"{name}.calls"
        return [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []
