"""Which files ccusage does not see is told from the files themselves."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codex_loop.usage.bridge.unseen import unseen


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"timestamp":"2026-05-01T10:00:00Z","type":"x"}\n', None),
        (b'{"timestamp": "2026-05-01T10:00:00Z"}\n', "spaced"),
        (b'{ "timestamp" :"2026-05-01T10:00:00Z"}\n', "spaced"),
        (b'\xef\xbb\xbf{"timestamp": 1}\n', "spaced"),
        (b'{"a: b":"c: d"}\n', None),
        (b"", None),
        (b"no json: at all", None),
    ],
)
def test_a_file_written_with_spaces_is_told_by_its_first_line(tmp_path: Path, content: bytes, why: str | None) -> None:
    place = tmp_path / "rollout.jsonl"
    place.write_bytes(content)
    assert unseen(str(place)) == why


def test_a_file_that_is_gone_or_compressed_is_not_opened(tmp_path: Path) -> None:
    assert unseen(str(tmp_path / "gone.jsonl")) is None
    assert unseen("a\0b") is None
    assert unseen(str(tmp_path / "gone.jsonl.zst")) == "compressed"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_is_told(tmp_path: Path) -> None:
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
    assert unseen(str(tmp_path / "link.jsonl")) == "symlink"
