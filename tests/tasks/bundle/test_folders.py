"""Names and places of what is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.tasks.bundle.folders import safe_name, write_all


@given(name=st.text(max_size=200))
def test_a_safe_name_is_one_that_every_system_takes(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert safe.isascii()
    assert len(safe) <= 120
    assert not set(safe) & set('/\\:*?"<>|\0 ')
    assert not safe.startswith(".")
    assert safe not in (".", "..")


@given(one=st.text(max_size=20), two=st.text(max_size=20))
def test_names_that_differ_stay_different(one: str, two: str) -> None:
    assert (safe_name(one) == safe_name(two)) is (one == two)


@pytest.mark.parametrize("name", ["a.jsonl", "rollout-2026-11-21T09-00-00-01a1fd77.jsonl", "agent-a578.jsonl", "x_y"])
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize("name", ["con", "NUL.txt", "com1.jsonl"])
def test_the_name_of_a_device_is_changed(name: str) -> None:
    assert safe_name(name).split(".")[0].split("-")[0] + "x" != name
    assert safe_name(name) != name


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "a\\b", "c:a", "a\0b"])
def test_a_file_outside_is_never_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="leads out of"):
        write_all(tmp_path / "out", {"fine.txt": b"x", name: b"y"})
    assert not (tmp_path / "out").exists()
