"""`codex-loop trace validate` as a person and a script meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codex_loop.cli.app import run
from tests.sources.spines import encoded, prompt, session, write_segment

TWO = encoded([session("rust"), prompt("go")])


def test_a_sound_spine_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_segment(tmp_path / "spine", TWO, meta={})
    assert run(["trace", "validate", str(tmp_path / "spine")]) == 0
    said = capsys.readouterr().out
    assert "ok: 2 records, seq 1 to 2, closed" in said
    assert said.endswith("1 segment, 0 errors, 0 warnings\n")


def test_a_finding_is_told_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_segment(tmp_path, TWO, meta={"sha256": "0" * 64})
    assert run(["trace", "validate", str(path)]) == 1
    said = capsys.readouterr().out
    assert "wrong: 2 records" in said
    assert "error meta-sha256: meta says sha256" in said


def test_warnings_alone_end_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_segment(tmp_path, TWO + b'{"torn')
    assert run(["trace", "validate", str(path)]) == 0
    assert "1 segment, 0 errors, 1 warning" in capsys.readouterr().out


def test_json_carries_the_same_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_segment(tmp_path / "a", TWO)
    write_segment(tmp_path / "b", encoded([prompt("go")]))
    assert run(["trace", "validate", str(tmp_path), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "codex-loop/trace-validate/1"
    assert (report["valid"], report["errors"], report["warnings"]) == (False, 1, 0)
    good, bad = report["segments"]
    assert (good["records"], good["findings"]) == (2, [])
    (finding,) = bad["findings"]
    assert (finding["rule"], finding["severity"], finding["line"]) == ("session-meta-missing", "error", None)


def test_a_codex_home_and_a_bundle_are_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_segment(tmp_path / "home" / "trace_spine" / "t", TWO)
    write_segment(tmp_path / "bundle" / "spine", TWO)
    (tmp_path / "bundle" / "bundle.json").write_text("{}", encoding="utf-8")
    assert run(["trace", "validate", str(tmp_path / "home"), str(tmp_path / "bundle"), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert len(report["segments"]) == 2
    assert [finding["rule"] for finding in report["bundles"]] == ["bundle-fields", "bundle-rollout"]


@pytest.mark.parametrize("name", ["gone", "empty", "notes.txt"])
def test_a_path_without_a_spine_is_wrong_usage(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    assert run(["trace", "validate", str(tmp_path / name)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert name in said.err


def test_no_path_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", "validate"]) == 2
    assert "no path given" in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", "validate", "--help"]) == 0
    assert "codex-loop trace validate ~/.codex/trace_spine" in capsys.readouterr().out


def test_control_characters_of_a_file_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_segment(tmp_path, TWO.replace(b"codex_trace_spine_v1", rb"\u001b[2Jv1"))
    assert run(["trace", "validate", str(path)]) == 1
    assert "\x1b[2J" not in capsys.readouterr().out
