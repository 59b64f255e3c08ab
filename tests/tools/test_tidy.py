"""What may not be committed is found before it is."""

import subprocess
from pathlib import Path

import pytest

from tools import tidy


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "somewhere" / "checkout"
    root.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def keep(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    subprocess.run(["git", "-C", str(root), "add", name], check=True)


def test_a_clean_checkout_passes(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(checkout, "README.md", "See https://example.org and requirements.\n")
    keep(checkout, "requirements/core.txt", "a==1 --hash=sha256:00\n")
    assert tidy.main(checkout) == 0
    assert capsys.readouterr().err == ""


def test_a_path_of_this_machine_is_found(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(checkout, "notes.md", f"look in {checkout.parent}/other\n")
    assert tidy.main(checkout) == 1
    assert "notes.md names" in capsys.readouterr().err


def test_a_registry_this_machine_uses_is_found(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:word@packages.example.test/simple")
    keep(checkout, "setup.cfg", "index = packages.example.test\n")
    assert tidy.main(checkout) == 1
    assert "packages.example.test" in capsys.readouterr().err


def test_a_lock_file_may_name_no_host_at_all(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(checkout, "requirements/dev.txt", "--index-url https://elsewhere.example.test/simple\n")
    assert tidy.main(checkout) == 1
    assert "requirements/dev.txt names the host elsewhere.example.test" in capsys.readouterr().err


def test_a_long_file_is_shown_and_passes(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(checkout, "long.py", "x = 1\n" * 501)
    assert tidy.main(checkout) == 0
    assert "long.py has 501 lines" in capsys.readouterr().out
