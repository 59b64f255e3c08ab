"""What a build made is copied for the next trial: of its job, and of later jobs where a folder is named for that."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.harbor.sandbox import built

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox exists on Linux only")


def kept_for_another(states: Path) -> bool:
    """Whether what one job keeps is there for a job with folders of its own."""
    root, later, target = (states / name for name in ("root", "later", "target"))
    for folder in (root, later, target):
        folder.mkdir()
    (root / "made.txt").write_text("by a build")
    asyncio.run(built.keep(states, "a" * 64, root))
    taken = asyncio.run(built.take(later, "a" * 64, target))
    assert (target / "made.txt").exists() is taken
    return taken


def test_every_job_builds_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(built.BUILDS, raising=False)
    assert not kept_for_another(tmp_path)


def test_a_named_folder_keeps_what_was_built_for_later_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(built.BUILDS, str(tmp_path / "not there yet" / "builds"))
    assert kept_for_another(tmp_path)


FILES = st.dictionaries(
    st.sampled_from(["a", "b", "d/a", "d/e/a"]), st.tuples(st.binary(max_size=2), st.booleans()), max_size=3
)
VARIABLES = st.dictionaries(st.sampled_from(["A", "B"]), st.text("=A,", max_size=2), max_size=2)


def laid(folder: Path, files: dict[str, tuple[bytes, bool]]) -> Path:
    folder.mkdir()
    for name, (content, program) in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(0o755 if program else 0o644)
    return folder


@given(files=FILES, others=FILES, variables=VARIABLES, more=VARIABLES)
def test_a_build_is_shared_by_the_same_files_and_variables_alone(
    files: dict[str, tuple[bytes, bool]],
    others: dict[str, tuple[bytes, bool]],
    variables: dict[str, str],
    more: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    here, there, elsewhere = (tmp_path_factory.mktemp("built") / name for name in ("here", "there", "elsewhere"))
    key = built.key_of(laid(here, files), variables)
    assert built.key_of(laid(there, files), dict(reversed(variables.items()))) == key
    assert (built.key_of(laid(elsewhere, others), more) == key) is ((files, variables) == (others, more))


def test_a_link_is_another_build_than_the_file_it_leads_to(tmp_path: Path) -> None:
    one, other, third = (laid(tmp_path / name, {"a": (b"x", False)}) for name in ("one", "other", "third"))
    (one / "b").write_bytes(b"x")
    (other / "b").symlink_to("a")
    (third / "b").symlink_to("c")
    assert len({built.key_of(each, {}) for each in (one, other, third)}) == 3
