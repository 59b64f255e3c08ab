"""What is wrong with a spine, a segment or a bundle is named, once each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from codex_loop.sources.spine.segments import Finding, check_bundle, check_segment, read_segment, read_spine
from tests.sources.spines import DIALECTS, THREAD, Dialect, encoded, envelope, prompt, session, story, write_segment

TWO = encoded([session("rust"), prompt("go")])


def rules(findings: Iterable[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def one(finding: list[Finding]) -> Finding:
    (found,) = finding
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_good_segment_has_no_error(tmp_path: Path, dialect: Dialect) -> None:
    path = write_segment(tmp_path, encoded(story(dialect)), meta={})
    segment = read_segment(path)
    assert [finding for finding in segment.findings if finding.severity == "error"] == []
    assert (segment.thread_id, segment.records, segment.first_seq, segment.last_seq) == (THREAD, 14, 1, 14)
    assert segment.closed


def test_gaps_in_the_numbers_are_fine(tmp_path: Path) -> None:
    records = [envelope(seq, *record) for seq, record in zip((3, 10), [session("rust"), prompt("a")], strict=True)]
    data = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    assert check_segment(write_segment(tmp_path, data)) == []


def test_a_live_segment_without_meta_is_fine(tmp_path: Path) -> None:
    segment = read_segment(write_segment(tmp_path, TWO))
    assert (segment.findings, segment.closed) == ((), False)


def test_a_wrong_schema_version_is_named_with_its_line_and_count(tmp_path: Path) -> None:
    data = TWO.replace(b"codex_trace_spine_v1", b"codex_trace_spine_v7")
    found = one(check_segment(write_segment(tmp_path, data)))
    assert (found.rule, found.line, found.count) == ("schema-version", 1, 2)
    assert "codex_trace_spine_v7" in found.message


def test_a_missing_session_meta_is_named(tmp_path: Path) -> None:
    path = write_segment(tmp_path, encoded([prompt("go")]))
    assert rules(check_segment(path)) == ["session-meta-missing"]


def test_a_later_segment_needs_no_session_meta(tmp_path: Path) -> None:
    assert check_segment(write_segment(tmp_path, encoded([prompt("go")]), index=1)) == []


def test_numbers_that_do_not_rise_are_named(tmp_path: Path) -> None:
    found = one(check_segment(write_segment(tmp_path, TWO + encoded([prompt("b")], start=2))))
    assert (found.rule, found.line) == ("seq-order", 3)


def test_missing_envelope_fields_and_a_bad_number_are_named(tmp_path: Path) -> None:
    data = TWO + b'{"schema_version":"codex_trace_spine_v1","thread_id":"%s","seq":"3"}\n' % THREAD.encode()
    found = check_segment(write_segment(tmp_path, data))
    assert rules(found) == ["envelope", "seq-missing"]
    assert found[0].message == "timestamp, type, payload missing"


def test_another_thread_inside_is_named(tmp_path: Path) -> None:
    data = TWO + json.dumps(envelope(3, *prompt("b"), thread="other")).encode() + b"\n"
    assert rules(check_segment(write_segment(tmp_path, data))) == ["thread-changes"]


def test_a_line_that_is_not_json_is_an_error_and_a_torn_end_a_warning(tmp_path: Path) -> None:
    bad, torn = check_segment(write_segment(tmp_path, TWO + b"{oops\n" + b'{"torn'))
    assert (bad.rule, bad.severity, bad.line) == ("unreadable", "error", 3)
    assert (torn.rule, torn.severity, torn.line) == ("torn", "warning", 4)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sha256", "0" * 64),
        ("min_seq", 9),
        ("max_seq", 9),
        ("record_count", 9),
        ("bytes", 9),
        ("segment_index", 9),
        ("thread_id", "other"),
        ("schema_version", "v9"),
    ],
)
def test_a_meta_file_that_lies_is_named(tmp_path: Path, field: str, value: object) -> None:
    path = write_segment(tmp_path, TWO, meta={field: value})
    assert rules(check_segment(path)) == [f"meta-{field}"]


def test_one_changed_byte_breaks_the_digest(tmp_path: Path) -> None:
    path = write_segment(tmp_path, TWO, meta={})
    path.write_bytes(TWO.replace(b'"go"', b'"no"'))
    assert rules(check_segment(path)) == ["meta-sha256"]


def test_an_unreadable_meta_file_is_named(tmp_path: Path) -> None:
    path = write_segment(tmp_path, TWO)
    path.with_suffix(".meta.json").write_text("[", encoding="utf-8")
    assert rules(check_segment(path)) == ["meta-unreadable"]


def test_a_segment_never_closed_before_a_later_one_is_a_warning(tmp_path: Path) -> None:
    path = write_segment(tmp_path, TWO)
    write_segment(tmp_path, encoded([prompt("b")], start=3), index=1)
    found = one(check_segment(path))
    assert (found.rule, found.severity) == ("meta-missing", "warning")


def test_a_missing_segment_is_named_with_its_spine(tmp_path: Path) -> None:
    write_segment(tmp_path, TWO, meta={})
    write_segment(tmp_path, encoded([prompt("b")], start=9), index=2)
    first, _ = read_spine(tmp_path)
    assert rules(first.findings) == ["segment-missing"]
    assert "segment-001" in first.findings[0].message


@pytest.mark.parametrize("dialect", ["demo", "fixtures"])
def test_a_compaction_without_histories_is_only_a_warning(tmp_path: Path, dialect: Dialect) -> None:
    found = one(check_segment(write_segment(tmp_path, encoded(story(dialect)))))
    assert (found.rule, found.severity) == ("compaction-histories", "warning")


def artifact(path: str, digest: str) -> tuple[str, dict[str, object]]:
    return "artifact_ref", {"kind": "git_diff", "artifact_path": path, "sha256": digest}


def test_an_artifact_is_checked_against_its_digest(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "git_diff.patch").write_bytes(b"diff")
    good = artifact("artifacts/git_diff.patch", hashlib.sha256(b"diff").hexdigest())
    assert check_segment(write_segment(tmp_path, encoded([session("rust"), good]))) == []
    bad = artifact("artifacts/git_diff.patch", "0" * 64)
    assert rules(check_segment(write_segment(tmp_path, encoded([session("rust"), bad])))) == ["artifact-sha256"]


@pytest.mark.parametrize(("path", "rule"), [("gone.patch", "artifact-missing"), ("../../etc/passwd", "artifact-path")])
def test_an_artifact_that_is_gone_or_elsewhere_is_a_warning(tmp_path: Path, path: str, rule: str) -> None:
    found = one(check_segment(write_segment(tmp_path, encoded([session("rust"), artifact(path, "0" * 64)]))))
    assert (found.rule, found.severity) == (rule, "warning")


def test_a_line_too_long_is_named_and_the_rest_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_loop.sources.spine.segments.OVERSIZE", 2000)
    long = json.dumps(envelope(2, *prompt("x" * 9000))).encode() + b"\n"
    data = encoded([session("rust")]) + long + encoded([prompt("b")], start=3)
    segment = read_segment(write_segment(tmp_path, data, meta={"record_count": 2}))
    assert rules(segment.findings) == ["oversize"]
    assert (segment.records, segment.last_seq) == (2, 3)


def bundle(folder: Path, **changes: object) -> Path:
    write_segment(folder / "spine", TWO, meta={})
    (folder / "rollout").mkdir()
    (folder / "rollout" / "rollout-x.jsonl").write_bytes(b"")
    described = {
        "bundle_version": "rollout_plus_v0",
        "thread_id": THREAD,
        "created_at": "2026-01-31T09:00:00Z",
        "spine_schema_version": "codex_trace_spine_v1",
        "rollout_path": "rollout-x.jsonl",
        **changes,
    }
    (folder / "bundle.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def test_a_good_bundle_has_no_finding(tmp_path: Path) -> None:
    assert check_bundle(bundle(tmp_path)) == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"bundle_version": "rollout_plus_v9"}, "bundle-version"),
        ({"spine_schema_version": "v9"}, "schema-version"),
        ({"thread_id": 5}, "bundle-fields"),
    ],
)
def test_a_bundle_that_describes_itself_wrongly_is_named(tmp_path: Path, changes: dict[str, object], rule: str) -> None:
    assert rules(check_bundle(bundle(tmp_path, **changes))) == [rule]


def test_a_bundle_without_segments_or_rollout_is_named(tmp_path: Path) -> None:
    folder = bundle(tmp_path)
    (folder / "rollout" / "rollout-x.jsonl").unlink()
    (folder / "spine" / "segment-000.jsonl").unlink()
    assert rules(check_bundle(folder)) == ["bundle-empty", "bundle-rollout"]
