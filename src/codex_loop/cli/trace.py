"""`codex-loop trace …`: trace spines and the bundles made of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from codex_loop.cli.render import UNKNOWN, show, style
from codex_loop.cli.width import clean
from codex_loop.errors import Exit, UsageError
from codex_loop.sources.spine.segments import Finding, Segment, check_bundle, read_segment, read_spine
from codex_loop.sources.spine.spines import segment_index, segments, subfolders


class Validation(msgspec.Struct, frozen=True):
    """What was checked. `valid` ignores warnings: they tell what cannot be shown, not what is wrong."""

    valid: bool
    errors: int
    warnings: int
    segments: tuple[Segment, ...]
    bundles: tuple[Finding, ...]
    """What is wrong with bundles beyond their segments."""


def validate(*paths: Path, json: bool = False) -> int:
    """Check trace spines: envelope, numbering, segment meta files, bundles.

    Exit code 0: nothing is wrong, warnings aside. 1: something is. 2: a path holds no trace spine.

    Examples:
        codex-loop trace validate ~/.codex/trace_spine
        codex-loop trace validate ./0198c1e2/segment-000.jsonl --json
        codex-loop trace validate ./bundle

    Args:
        paths: Segment files, spine folders, bundle folders, or a folder that holds several spines.
        json: Print one JSON object.
    """
    if not paths:
        raise UsageError("no path given; name a segment file, a spine folder or a bundle folder")
    report = check(paths)
    show(report, _draw, schema="trace-validate", as_json=json)
    return Exit.OK if report.valid else Exit.FINDING


def check(paths: Sequence[Path]) -> Validation:
    """Check everything below these paths; UsageError for a path that holds no trace spine."""
    read: list[Segment] = []
    bundles: list[Finding] = []
    for path in paths:
        if (path / "bundle.json").is_file():
            bundles += check_bundle(path)
            read += read_spine(path / "spine")
        else:
            read += _spines(path)
    findings = [*bundles, *(finding for segment in read for finding in segment.findings)]
    errors = sum(finding.severity == "error" for finding in findings)
    return Validation(
        valid=errors == 0,
        errors=errors,
        warnings=len(findings) - errors,
        segments=tuple(read),
        bundles=tuple(bundles),
    )


def _spines(path: Path) -> list[Segment]:
    if path.is_file():
        if segment_index(path) is None:
            raise UsageError(f"{path} is no trace spine segment; they are named segment-NNN.jsonl")
        return [read_segment(path)]
    if not path.is_dir():
        raise UsageError(f"{path} does not exist; name a segment file, a spine folder or a bundle folder")
    folders = [path, path / "spine", *subfolders(path), *subfolders(path / "trace_spine")]
    read = [segment for folder in dict.fromkeys(folders) if segments(folder) for segment in read_spine(folder)]
    if not read:
        raise UsageError(f"{path} holds no trace spine; a spine folder holds files named segment-NNN.jsonl")
    return read


def _draw(report: Validation) -> Iterator[str]:
    for finding in report.bundles:
        yield _line(finding)
    for segment in report.segments:
        yield f"{clean(segment.path)}  {_contents(segment)}"
        yield from (f"  {_line(finding)}" for finding in segment.findings)
    yield ""
    counts = f"{_count(len(report.segments), 'segment')}, {_count(report.errors, 'error')}"
    yield f"{counts}, {_count(report.warnings, 'warning')}"


def _contents(segment: Segment) -> str:
    wrong = any(finding.severity == "error" for finding in segment.findings)
    verdict = style("wrong", "red") if wrong else style("ok", "green")
    first = UNKNOWN if segment.first_seq is None else segment.first_seq
    last = UNKNOWN if segment.last_seq is None else segment.last_seq
    closed = "closed" if segment.closed else "open"
    return f"{verdict}: {_count(segment.records, 'record')}, seq {first} to {last}, {closed}"


def _line(finding: Finding) -> str:
    where = "" if finding.line is None else f" (line {finding.line})"
    more = "" if finding.count == 1 else f" and {finding.count - 1} more"
    mark = style(finding.severity, "red" if finding.severity == "error" else "yellow")
    return f"{mark} {finding.rule}: {clean(finding.message)}{where}{more}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
