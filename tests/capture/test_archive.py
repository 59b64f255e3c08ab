"""The archive: lines come back as they were, and only what the drop list names is missing."""

from __future__ import annotations

import json
from array import array
from typing import Any

import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codex_loop.capture.archive import SEGMENT_BYTES, Packer, strip

LONG = 64
STRINGS = ("encrypted_content", "signature")
LISTS = ("preexisting_untracked_files", "preexisting_untracked_dirs")
BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-")

TEXT = st.text(max_size=90) | st.sampled_from(["A" * 63, "A" * 64, "B" * 200, "[" + "x" * 80, 'a"b' * 30, "\\" * 40])
NAMES = st.lists(st.sampled_from(["app/[id].tsx", "[...slug]/page.tsx", 'we"ird]', "x" * 50, "ü", ""]), max_size=6)
QUOTED = st.builds(lambda value: json.dumps({"encrypted_content": "A" * 80, "signature": value}), st.text(max_size=5))
KEYS = st.sampled_from([*STRINGS, *LISTS, "text", 'say "signature"'])
VALUES = st.recursive(
    TEXT | NAMES | QUOTED | st.integers() | st.none(),
    lambda inner: st.dictionaries(KEYS, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)


def expected(value: Any) -> Any:
    """The drop list, once more and slowly, over parsed JSON."""
    if isinstance(value, list):
        return [expected(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _dropped(key, item) for key, item in value.items()}


def _dropped(key: str, item: Any) -> Any:
    if key in STRINGS and isinstance(item, str):
        raw = json.dumps(item, ensure_ascii=False)[1:-1]
        size = len(raw.encode())
        plain = "\\" not in raw if key == "encrypted_content" else set(raw) <= BASE64
        if size >= LONG and plain:
            return f"[dropped {size} bytes]"
    if key in LISTS and isinstance(item, list) and item and all(isinstance(name, str) for name in item):
        size = len(json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()) - 2
        if size >= LONG:
            return [f"[dropped {size} bytes]"]
    return expected(item)


@settings(max_examples=300, deadline=None)
@given(value=st.dictionaries(KEYS, VALUES, max_size=5))
@example(value={"encrypted_content": "[" + "x" * 100})
@example(value={"preexisting_untracked_files": ["x" * 70 + "]", "app/[id].tsx"]})
@example(value={"text": json.dumps({"encrypted_content": "A" * 100, "preexisting_untracked_dirs": ["B" * 100]})})
def test_the_drop_list_takes_what_it_names_and_nothing_else(value: dict[str, Any]) -> None:
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    assert json.loads(strip(line).decode("utf-8", "surrogatepass")) == expected(value)


def test_a_gap_tells_how_much_is_missing_and_is_left_alone_the_second_time() -> None:
    line = b'{"type":"reasoning","encrypted_content":"%b","summary":[]}' % (b"gAAAA" * 40)
    once = strip(line)
    assert once == b'{"type":"reasoning","encrypted_content":"[dropped 200 bytes]","summary":[]}'
    assert strip(once) is once or strip(once) == once


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(st.sampled_from(
    [
        b'{"encrypted_content":"' + b"A" * 90 + b'"}',
        b'{"encrypted_content":"' + b"A" * 90,
        b'{"encrypted_content":',
        b'"' + b"A" * 90 + b'"}',
        b'{"signature":"' + b"B" * 90,
        b'{"preexisting_untracked_files":["' + b"f" * 70 + b'",',
        b'{"preexisting_untracked_files":["' + b"f" * 70,
        b'"x"]}',
        b'{"a":1}',
        b"",
    ]
), min_size=1, max_size=8))  # fmt: skip
def test_a_torn_line_never_swallows_its_neighbour(lines: list[bytes]) -> None:
    assert strip(b"\n".join(lines)).split(b"\n") == [strip(line) for line in lines]


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.binary(min_size=1, max_size=300).filter(lambda raw: b"\n" not in raw), max_size=40),
       big=st.lists(st.integers(0, 39), max_size=3))  # fmt: skip
def test_packed_lines_come_back_with_their_offsets(lines: list[bytes], big: list[int]) -> None:
    lines = [line * (SEGMENT_BYTES // len(line)) if index in big else line for index, line in enumerate(lines)]
    offsets, position = [], 0
    for line in lines:
        offsets.append(position)
        position += len(line) + 1
    segments = Packer().pack(lines, offsets, position)
    found: list[tuple[int, bytes]] = []
    unpack = zstandard.ZstdDecompressor().decompress
    for segment in segments:
        starts = array("Q")
        starts.frombytes(unpack(segment.offsets))
        packed = unpack(segment.data).split(b"\n")
        assert (len(starts), len(packed)) == (segment.line_count, segment.line_count)
        assert len(unpack(segment.data)) == segment.raw_bytes
        assert segment.first_offset == starts[0]
        found += zip(starts, packed, strict=True)
    assert found == list(zip(offsets, lines, strict=True))
    assert [one.end_offset for one in segments] == [two.first_offset for two in segments[1:]] + [position] * bool(lines)
