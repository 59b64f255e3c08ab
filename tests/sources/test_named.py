"""Files that somebody points at are found, whatever lies beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.sources.named import beginning, candidates


def test_a_folder_means_its_files_of_json_lines_and_those_below(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "folder.jsonl").mkdir()
    for name in ("z.jsonl", "a/x.jsonl", "a/b/y.jsonl", "a/notes.json", "a/b/jsonl"):
        (tmp_path / name).touch()
    assert candidates(tmp_path) == [tmp_path / name for name in ("a/b/y.jsonl", "a/x.jsonl", "z.jsonl")]
    assert candidates(tmp_path / "a" / "notes.json") == [tmp_path / "a" / "notes.json"]
    assert candidates(tmp_path / "nothing") == []


def test_a_link_that_leads_nowhere_hides_no_other_file(tmp_path: Path) -> None:
    good = tmp_path / "good.jsonl"
    good.write_bytes(b"{}\n")
    try:
        (tmp_path / "gone.jsonl").symlink_to(tmp_path / "none.jsonl")
        (tmp_path / "self.jsonl").symlink_to(tmp_path / "self.jsonl")
        (tmp_path / "long.jsonl").symlink_to("x" * 300)  # longer than any file's name
    except OSError:
        pytest.skip("this system lets nobody make such links")
    assert candidates(tmp_path) == [good]
    assert candidates(tmp_path / "long.jsonl") == []
    assert [beginning(tmp_path / name) for name in ("good.jsonl", "long.jsonl", "gone.jsonl")] == [b"{}\n", b"", b""]
