"""Makes recorded sessions fit to be shared: no path of the machine that made them, no kilobytes of prompts."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

LONGEST_TEXT = 400
LONGEST_LIST = 12
OUR_SUMMARY = "SUMMARY-OF-WORK"
"""The mock's own words, which a compaction wraps into long texts of the agent; a decoder wants to see them whole."""
_KEPT = 80
_SCHEMAS = frozenset({"input_schema", "schema", "parameters"})
_EMPTY = {"type": "object"}


class Normaliser:
    """Rewrites text and JSON of one workplace; the shape, the order and the ids stay as the agent wrote them."""

    def __init__(self, root: Path, *, longest: int = LONGEST_TEXT) -> None:
        self._longest = longest
        places = {
            root / "proj": "/home/dev/proj",
            root / "home": "/home/dev",
            root: "/home/dev/else",
        }
        self._replace: dict[str, str] = {str(real): shown for real, shown in places.items()}
        self._replace |= {_slug(real): _slug(shown) for real, shown in list(self._replace.items())}
        self._replace[platform.release()] = "6.0.0"
        self._replace[platform.node()] = "devbox"
        keys = [re.escape(key) for key in sorted(self._replace, key=len, reverse=True)]
        # A host's short name stands inside other words, too.
        host = re.escape(platform.node())
        self._pattern = re.compile("|".join(rf"(?<!\w){key}(?!\w)" if key == host else key for key in keys))

    def text(self, text: str) -> str:
        text = self._pattern.sub(lambda found: self._replace[found.group()], text)
        text = re.sub(r"/claude-\d+/", "/claude-1000/", text)
        return re.sub(r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:8080", text)

    def line(self, line: str) -> str:
        """One JSON line; only a line with something too long in it is written anew."""
        line = self.text(line)
        try:
            value = json.loads(line)
        except ValueError:
            return line
        short = shortened(value, longest=self._longest)
        return line if short == value else json.dumps(short, separators=(",", ":"), ensure_ascii=False)

    def file(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        if source.suffix == ".jsonl":
            text = "".join(self.line(line) + ending for line, ending in _lines(text))
        else:
            text = self.line(text)
        target.write_text(text, encoding="utf-8", newline="")


def shortened(value: object, *, longest: int = LONGEST_TEXT, lists: bool = True) -> object:
    """The same value with long texts cut and (unless told otherwise) long lists sampled and schemas emptied."""
    if isinstance(value, str):
        return _short_text(value, longest)
    if isinstance(value, Mapping):
        return {
            key: _EMPTY if lists and key in _SCHEMAS else shortened(item, longest=longest, lists=lists)
            for key, item in value.items()
        }
    if isinstance(value, Sequence):
        kept = value[:2] if lists and len(value) > LONGEST_LIST else value
        return [shortened(item, longest=longest, lists=lists) for item in kept]
    return value


def _short_text(text: str, longest: int) -> str:
    if len(text) <= longest or OUR_SUMMARY in text:
        return text
    return f"{text[:_KEPT]}… [{len(text) - _KEPT} characters cut]"


def mend_offsets(rollouts: Sequence[Path]) -> None:
    """A fork's first line names a byte offset in its parent's file: make it right for the shortened parent."""
    for path in rollouts:
        first, newline, rest = path.read_text(encoding="utf-8").partition("\n")
        meta = json.loads(first)
        base = meta.get("payload", {}).get("history_base")
        if not base:
            continue
        parent = next(other for other in rollouts if other.stem.endswith(base["thread_id"]))
        lines = parent.read_bytes().splitlines(keepends=True)
        base["end_byte_offset"] = sum(
            len(line) for line in lines if json.loads(line)["ordinal"] < base["end_ordinal_exclusive"]
        )
        text = json.dumps(meta, separators=(",", ":"), ensure_ascii=False)
        path.write_text(text + newline + rest, encoding="utf-8", newline="")


def _slug(path: str) -> str:
    """How Claude Code names a project's folder."""
    return re.sub(r"[^A-Za-z0-9]", "-", path)


def _lines(text: str) -> list[tuple[str, str]]:
    return [(line[:-1], "\n") if line.endswith("\n") else (line, "") for line in re.findall(r"[^\n]*\n|[^\n]+", text)]
