"""What tests show when they run: on the base tree, and with the solution."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.redaction import redact
from codex_loop.tasks.gate.folder import Written, files

REPORT = "verifier/report.json"
_PRINTED = ("test-stdout.txt", "cargo.txt", "go.json", "output.log")
_LONGEST = 160
_END = 64 << 10
"""So many bytes of a log hold its last line."""


class Report(msgspec.Struct, frozen=True):
    """What a verifier writes beside its reward."""

    seen: dict[str, str] = {}
    """Each test with passed, failed or skipped."""
    missing: tuple[str, ...] = ()
    resolved: bool = False


class Shown(NamedTuple):
    """What two runs say of the tests."""

    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]
    weak: tuple[str, ...]
    """Of the first: at the base they could not even be collected."""
    never: tuple[str, ...]
    """They fail with the solution too, and say nothing."""
    own: tuple[str, ...] = ()
    """They turn green, and stand in files that whoever does the task writes: no other work has them."""


def report(trial_folder: str) -> Report | None:
    """What that trial's verifier reported; None where it left nothing that can be read."""
    try:
        return msgspec.json.decode((Path(trial_folder) / REPORT).read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError):
        return None


def last_words(trial_folder: str) -> str:
    """The last line that the tests of this trial printed; empty where they printed none."""
    for name in _PRINTED:
        try:
            with (Path(trial_folder) / "verifier" / name).open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - _END))  # tests may print without end
                lines = log.read(_END).decode("utf-8", "replace").split("\n")
        except OSError:
            continue
        told = [line.strip() for line in lines if line.strip()]
        if told:
            return redact(told[-1]).text[:_LONGEST]
    return ""


def compare(base: Report, gold: Report) -> Shown:
    """A test that was skipped at the base has not failed there, and shows nothing."""
    green = [test for test, outcome in sorted(gold.seen.items()) if outcome == "passed"]
    red = [test for test in green if base.seen.get(test, "failed") == "failed"]
    return Shown(
        fail_to_pass=tuple(red),
        pass_to_pass=tuple(test for test in green if base.seen.get(test) == "passed"),
        weak=tuple(test for test in red if test not in base.seen),
        never=tuple(test for test, outcome in sorted(gold.seen.items()) if outcome == "failed"),
    )


def only_brought(task: Written, shown: Shown) -> Shown:
    """Without the tests that no hidden file brings. Rust keeps many in the file they test, which is the work itself."""
    root = task.path / "tests" / "hidden"
    hidden = "\n".join(place.read_text("utf-8", "replace") for place in files(task.path, "tests/hidden")
                       if place.suffix == ".rs" and place.is_relative_to(root))  # fmt: skip
    own = {
        test
        for test in shown.fail_to_pass
        if test.partition("::")[0].endswith(".rs")
        and not re.search(rf"\bfn\s+{re.escape(test.rpartition('::')[2])}\b", hidden)
    }
    return shown._replace(
        fail_to_pass=tuple(test for test in shown.fail_to_pass if test not in own),
        weak=tuple(test for test in shown.weak if test not in own),
        own=tuple(sorted(own)),
    )


def settle(task: Written, shown: Shown) -> None:
    """Write what was measured into the task, in place of what a session's output promised."""
    place = task.path / "tests" / "spec.json"
    spec = json.loads(place.read_text("utf-8"))
    spec |= {"fail_to_pass": shown.fail_to_pass, "pass_to_pass": shown.pass_to_pass, "measured": True}
    spec.pop("weak_fail_to_pass", None)
    if shown.weak:
        spec["weak_fail_to_pass"] = shown.weak
    _write(place, json.dumps(spec, indent=1, ensure_ascii=False) + "\n")
    config = task.path / "task.toml"
    text = config.read_text("utf-8")
    for name, tests in (("fail_to_pass", shown.fail_to_pass), ("pass_to_pass", shown.pass_to_pass)):
        text = _with_list(text, name, tests)
    _write(config, text)


def _with_list(text: str, name: str, tests: Sequence[str]) -> str:
    """The TOML with that list of the provenance replaced, where it stands on a line of its own."""
    # A JSON string is a TOML string but for DEL, and no id of a test holds that.
    line = f"{name} = [{', '.join(json.dumps(test, ensure_ascii=False) for test in tests)}]"
    return re.sub(rf"^{name} = \[.*\]$", lambda _: line, text, count=1, flags=re.MULTILINE)


def _write(place: Path, text: str) -> None:
    if place.read_text("utf-8") != text:
        fresh = place.with_name(f".{place.name}.new")
        fresh.write_text(text, "utf-8", newline="\n")
        fresh.replace(place)
