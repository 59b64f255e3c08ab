"""Reading files that others are writing: complete lines, once, whatever the reads look like."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.capture import files
from codex_loop.capture.files import EDGE_BYTES, Block, Mark, Oversize, Rewritten, look, read_document

LINES = st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"")), max_size=12)


START = Mark()


def taken(path: Path, mark: Mark = START, limit: int = 1 << 20, unit: str = "lines") -> tuple[list[Block], Mark]:
    with look(path, unit, mark) as looked:
        blocks = list(looked.blocks(limit))
        return blocks, looked.mark(blocks[-1].end if blocks else mark.position)


def content(blocks: list[Block]) -> bytes:
    return b"".join(block.data for block in blocks)


def oversizes(blocks: list[Block]) -> list[Oversize]:
    return [line for block in blocks for line in block.oversize]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rollout-1.jsonl"


def test_an_unterminated_last_line_waits(path: Path) -> None:
    path.write_bytes(b"one\ntwo")
    blocks, mark = taken(path)
    assert content(blocks) == b"one\n"
    with path.open("ab") as file:
        file.write(b" and a half\nthree\n")
    blocks, _ = taken(path, mark)
    assert content(blocks) == b"two and a half\nthree\n"
    assert blocks[0].start == 4


def test_a_writer_may_take_back_what_it_had_not_finished(path: Path) -> None:
    path.write_bytes(b"one\ntorn li")
    _, mark = taken(path)
    path.write_bytes(b"one\nanother line\n")
    assert content(taken(path, mark)[0]) == b"another line\n"


@settings(max_examples=60, deadline=None)
@given(lines=LINES, cuts=st.lists(st.integers(0, 600), max_size=5), limit=st.integers(1, 64))
def test_any_split_over_several_looks_gives_each_line_once(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], cuts: list[int], limit: int
) -> None:
    whole = b"".join(line + b"\n" for line in lines)
    path = tmp_path_factory.mktemp("split") / "f"
    mark, found = Mark(), b""
    for cut in [*sorted(min(cut, len(whole)) for cut in cuts), len(whole)]:
        path.write_bytes(whole[:cut])
        blocks, mark = taken(path, mark, limit)
        for block in blocks:
            assert block.start == len(found)
            assert block.data.endswith(b"\n")
            found += block.data
    assert found == whole
    assert mark.position == len(whole)


@pytest.mark.parametrize("limit", [1 << 10, 64 << 10, 100 << 10])
@pytest.mark.parametrize("extra", [0, 1, 50, 3000])
def test_a_line_over_the_limit_is_measured_and_the_lines_after_it_are_read(
    path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, extra: int
) -> None:
    monkeypatch.setattr(files, "OVERSIZE", 100 << 10)
    long = b"".join(b"%07d " % number for number in range((100 << 10) // 8)) + b"x" * extra
    path.write_bytes(b"before\n" + long + b"\nafter\nlast\n")
    blocks, mark = taken(path, limit=limit)
    if extra == 0:  # exactly at the limit: an ordinary line
        assert content(blocks) == path.read_bytes()
        return
    assert content(blocks) == b"before\nafter\nlast\n"
    assert oversizes(blocks) == [
        Oversize(7, len(long), sha256(long).hexdigest(), long[:EDGE_BYTES], long[-EDGE_BYTES:])
    ]
    assert mark.position == path.stat().st_size
    assert taken(path, mark)[0] == []


def test_a_line_of_seventeen_mebibytes_is_never_decoded(path: Path) -> None:
    long = b"s" * (17 << 20)
    path.write_bytes(long + b"\nafter\n")
    for limit in (1 << 20, 2 << 20):
        blocks, _ = taken(path, limit=limit)
        assert [line.length for line in oversizes(blocks)] == [17 << 20]
        assert content(blocks) == b"after\n"


def test_an_oversize_line_without_an_end_waits_like_any_other(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "OVERSIZE", 1000)
    path.write_bytes(b"a\n" + b"b" * 5000)
    blocks, mark = taken(path, limit=100)
    assert (content(blocks), mark.position) == (b"a\n", 2)
    with path.open("ab") as file:
        file.write(b"b\nc\n")
    blocks, mark = taken(path, mark, limit=100)
    assert [line.length for line in oversizes(blocks)] == [5001]
    assert content(blocks) == b"c\n"


def test_what_follows_an_oversize_line_is_proven_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "OVERSIZE", 1000)
    path.write_bytes(b"a" * 5000 + b"\n")
    _, mark = taken(path, limit=100)
    path.write_bytes(b"b" * 5000 + b"\n" + b"c\n")
    with pytest.raises(Rewritten):
        taken(path, mark)


@pytest.mark.parametrize("changed", [b"One\ntwo\nthree\n", b"one\ntwo\nTHREE\n", b"one\n", b"", b"one\ntwo\nthre"])
def test_a_changed_or_shorter_file_is_told_from_a_grown_one(path: Path, changed: bytes) -> None:
    path.write_bytes(b"one\ntwo\nthree\n")
    _, mark = taken(path)
    path.write_bytes(changed)
    with pytest.raises(Rewritten):
        taken(path, mark)


def test_a_file_that_grows_while_it_is_read_gives_whole_lines_only(path: Path) -> None:
    path.write_bytes(b"one\ntw")
    found = []
    with look(path, "lines", Mark()) as looked:
        for block in looked.blocks(3):
            found.append(block.data)
            if len(found) == 1:
                with path.open("ab") as file:
                    file.write(b"o\nthree\nfo")
        mark = looked.mark(len(b"".join(found)))
    assert b"".join(found) == b"one\ntwo\nthree\n"
    with path.open("ab") as file:
        file.write(b"ur\n")
    assert content(taken(path, mark)[0]) == b"four\n"


@settings(max_examples=40, deadline=None)
@given(lines=LINES, at=st.integers(0, 600), limit=st.integers(1, 64), torn=st.booleans())
def test_a_compressed_file_goes_on_where_the_plain_one_stood(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], at: int, limit: int, torn: bool
) -> None:
    whole = b"".join(line + b"\n" for line in lines) + (b"torn" if torn else b"")
    folder = tmp_path_factory.mktemp("zstd")
    plain, packed = folder / "f.jsonl", folder / "f.jsonl.zst"
    plain.write_bytes(whole[:at])
    blocks, mark = taken(plain, limit=limit)
    packed.write_bytes(zstandard.compress(whole[: at // 2]) + zstandard.compress(whole[at // 2 :]))
    more, _ = taken(packed, mark, limit, "zstd")
    assert content(blocks) + content(more) == whole[: whole.rfind(b"\n") + 1]


def test_a_compressed_file_of_other_lines_is_no_continuation(path: Path) -> None:
    path.write_bytes(b"one\ntwo\n")
    _, mark = taken(path)
    for other in (b"one\n", b"one\nTWO\nthree\n"):
        path.write_bytes(zstandard.compress(other))
        with pytest.raises(Rewritten):
            taken(path, mark, unit="zstd")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_folder_among_the_files_is_an_error_and_never_a_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path):
        with pytest.raises(OSError, match="not a regular file"):
            taken(place)
        with pytest.raises(OSError, match="not a regular file"):
            read_document(place)


@pytest.mark.parametrize("size", [0, 10, 100, 101, 5000])
def test_a_document_is_read_whole_or_measured(path: Path, size: int) -> None:
    path.write_bytes(bytes(65 + number % 26 for number in range(size)))
    document = read_document(path, limit=100)
    whole = path.read_bytes()
    assert document.size == size
    if size <= 100:
        assert (document.content, document.oversize) == (whole, None)
    else:
        assert document.oversize == Oversize(0, size, sha256(whole).hexdigest(), whole[:101], whole[-EDGE_BYTES:])
