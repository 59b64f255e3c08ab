"""No single text of a document grows without end: what is longer is cut, with a mark, and its length is noted."""

from __future__ import annotations

import msgspec

from codex_loop.tasks.atif.document import Step

LONGEST = 256 << 10
"""Bytes of a text in a document."""
MARK = "\n[… {} of {} bytes left out …]\n"
_TAIL = LONGEST // 8


def bounded(step: Step) -> int:
    """Cut what is too long in a step; how many texts that were. Their places and lengths stand in its `extra`."""
    cut: dict[str, int] = {}
    for name in ("message", "reasoning_content", "tool_calls", "observation", "extra"):
        value = getattr(step, name)
        whole = msgspec.to_builtins(value)
        short = _walk(whole, name, cut)
        if short is not whole:
            setattr(step, name, msgspec.convert(short, _TYPES[name]))
    if cut:
        step.extra = {**(step.extra or {}), "truncated": cut}
    return len(cut)


_TYPES = {field.name: field.type for field in msgspec.structs.fields(Step)}


def _walk(value: object, place: str, cut: dict[str, int]) -> object:
    """The value with long texts cut; the value itself where there is none."""
    if isinstance(value, str):
        return _cut(value, place, cut)
    if isinstance(value, list):
        items = [_walk(item, f"{place}/{number}", cut) for number, item in enumerate(value)]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    if isinstance(value, dict):
        fields = {name: _walk(item, f"{place}/{name}", cut) for name, item in value.items()}
        return fields if any(fields[name] is not item for name, item in value.items()) else value
    return value


def _cut(text: str, place: str, cut: dict[str, int]) -> str:
    if len(text) * 4 <= LONGEST or len(data := text.encode("utf-8", "replace")) <= LONGEST:
        return text
    cut[place] = len(data)
    head = data[: LONGEST - _TAIL - 100].decode("utf-8", "ignore")
    tail = data[-_TAIL:].decode("utf-8", "ignore")
    left_out = len(data) - len(head.encode()) - len(tail.encode())
    return head + MARK.format(left_out, len(data)) + tail
