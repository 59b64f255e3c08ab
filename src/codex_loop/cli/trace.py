"""`codex-loop trace validate`: trace spines, the bundles made of them, ATIF documents."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from codex_loop.cli.render import UNKNOWN, show, style
from codex_loop.cli.width import clean
from codex_loop.errors import Exit, UsageError
from codex_loop.model.text import counted
from codex_loop.sources.spine.segments import Finding, Segment, read_segment, read_spine
from codex_loop.sources.spine.spines import segment_index, segments, subfolders
from codex_loop.tasks.atif.rules import Document, looks_like_one, read_document
from codex_loop.tasks.bundle import checking


class Validation(msgspec.Struct, frozen=True):
    """What was checked. `valid` ignores warnings: they tell what cannot be shown, not what is wrong."""

    valid: bool
    errors: int
    warnings: int
    segments: tuple[Segment, ...]
    bundles: tuple[Finding, ...]
    """What is wrong with bundles beyond their segments."""
    documents: tuple[Document, ...] = ()
    """ATIF documents, each with what is wrong with it."""


def validate(*paths: Path, json: bool = False) -> int:
    """Check trace spines, bundles and ATIF documents.

    Spines: envelope, numbering, meta files. Bundles: description, files. ATIF: the fields of the document's own
    version, calls and results, totals, order, references, secrets; stricter than Harbor's validator. Exit code 0:
    nothing is wrong, warnings aside. 1: something is. 2: a path holds none of these.

    Examples:
        codex-loop trace validate ~/.codex/trace_spine
        codex-loop trace validate ./bundle
        codex-loop trace validate ./trajectory/trajectory.json --json

    Args:
        paths: Segment files, spine folders, bundle folders, ATIF files, or a folder that holds several of one kind.
        json: Print one JSON object.
    """
    if not paths:
        raise UsageError("no path given; name a spine, a bundle or an ATIF document")
    report = check(paths)
    show(report, _draw, schema="trace-validate", as_json=json)
    return Exit.OK if report.valid else Exit.FINDING


def check(paths: Sequence[Path]) -> Validation:
    """Check everything below these paths; UsageError for a path that holds nothing that can be checked."""
    read: list[Segment] = []
    bundles: list[Finding] = []
    documents: list[Document] = []
    for path in paths:
        if (path / "bundle.json").is_file():
            bundles += checking.check(path)
            read += read_spine(path / "spine")
        elif found := _documents(path):
            documents += map(read_document, found)
        else:
            read += _spines(path)
    findings = [
        *bundles,
        *(finding for segment in read for finding in segment.findings),
        *(finding for document in documents for finding in document.findings),
    ]
    errors = sum(finding.severity == "error" for finding in findings)
    return Validation(
        valid=errors == 0,
        errors=errors,
        warnings=len(findings) - errors,
        segments=tuple(read),
        bundles=tuple(bundles),
        documents=tuple(documents),
    )


def _documents(path: Path) -> list[Path]:
    if path.is_file():
        # Whatever is JSON and no segment can only be meant as a document.
        return [path] if path.suffix == ".json" else []
    return [each for each in sorted(path.glob("*.json")) if looks_like_one(each)] if path.is_dir() else []


def _spines(path: Path) -> list[Segment]:
    if path.is_file():
        if segment_index(path) is None:
            raise UsageError(f"{path} is no trace spine segment (segment-NNN.jsonl) and no ATIF document (.json)")
        return [read_segment(path)]
    if not path.is_dir():
        raise UsageError(f"{path} does not exist; name a spine, a bundle or an ATIF document")
    folders = [path, path / "spine", *subfolders(path), *subfolders(path / "trace_spine")]
    read = [segment for folder in dict.fromkeys(folders) if segments(folder) for segment in read_spine(folder)]
    if not read:
        raise UsageError(
            f"{path} holds no spine (segment-NNN.jsonl), no bundle (bundle.json), no ATIF document (.json)"
        )
    return read


def _draw(report: Validation) -> Iterator[str]:
    for finding in report.bundles:
        yield _line(finding)
    for segment in report.segments:
        yield f"{clean(segment.path)}  {_contents(segment)}"
        yield from (f"  {_line(finding)}" for finding in segment.findings)
    for document in report.documents:
        yield f"{clean(document.path)}  {_holds(document)}"
        yield from (f"  {_line(finding)}" for finding in document.findings)
    yield ""
    checked = [counted(len(report.segments), "segment")] if report.segments or not report.documents else []
    checked += [counted(len(report.documents), "document")] if report.documents else []
    yield ", ".join((*checked, counted(report.errors, "error"), counted(report.warnings, "warning")))


def _holds(document: Document) -> str:
    told = [document.schema_version or UNKNOWN, counted(document.steps, "step")]
    told.append(counted(document.tool_calls, "tool call"))
    told += [counted(document.subagents, "subagent")] if document.subagents else []
    return f"{_verdict(document.findings)}: {clean(', '.join(told))}"


def _verdict(findings: Sequence[Finding]) -> str:
    wrong = any(finding.severity == "error" for finding in findings)
    return style("wrong", "red") if wrong else style("ok", "green")


def _contents(segment: Segment) -> str:
    verdict = _verdict(segment.findings)
    first = UNKNOWN if segment.first_seq is None else segment.first_seq
    last = UNKNOWN if segment.last_seq is None else segment.last_seq
    closed = "closed" if segment.closed else "open"
    return f"{verdict}: {counted(segment.records, 'record')}, seq {first} to {last}, {closed}"


def _line(finding: Finding) -> str:
    where = "" if finding.line is None else f" (line {finding.line})"
    more = "" if finding.count == 1 else f" and {finding.count - 1} more"
    mark = style(finding.severity, "red" if finding.severity == "error" else "yellow")
    return f"{mark} {finding.rule}: {clean(finding.message)}{where}{more}"
