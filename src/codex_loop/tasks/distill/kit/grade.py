"""Grades what the tests left behind: copied into a task, run there alone, after them and apart from them."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

LOGS = Path(os.environ.get("CODEX_LOOP_LOGS", "/logs/verifier"))
TESTS = Path(os.environ.get("CODEX_LOOP_TESTS", "/tests"))


def junit(path: Path, prefix: str) -> dict[str, str]:
    """Results by test; `prefix` is the file, where the report does not name it."""
    try:
        root = ET.parse(path).getroot()  # noqa: S314  # written a moment ago, beside this
    except (OSError, ET.ParseError):
        return {}
    return dict(_cases(root, (), prefix))


def _cases(node: ET.Element, names: tuple[str, ...], prefix: str) -> Iterator[tuple[str, str]]:
    for child in node:
        if child.tag == "testsuite" and prefix:
            yield from _cases(child, (*names, child.get("name") or ""), prefix)
        elif child.tag == "testcase":
            yield _name(child, names, prefix), _outcome(child)
        else:
            yield from _cases(child, names, prefix)


def _name(case: ET.Element, names: tuple[str, ...], prefix: str) -> str:
    name = case.get("name") or ""
    if prefix:
        return prefix + "::" + " > ".join([*names, name])
    file, classes = case.get("file"), case.get("classname") or ""
    if not file:
        return name if not classes else classes.replace(".", "/") + ".py::" + name
    module = re.sub(r"\.py$", "", file).replace("/", ".")
    if name in (file, module):
        return file  # it could not even be loaded
    inside = classes[len(module) + 1 :] if classes.startswith(module + ".") else ""
    return "::".join([file, *filter(None, inside.split(".")), name])


def _outcome(case: ET.Element) -> str:
    kinds = {child.tag for child in case}
    return "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"


def go(path: Path) -> dict[str, str]:
    outcomes = {"pass": "passed", "fail": "failed", "skip": "skipped"}
    seen: dict[str, str] = {}
    for line in _lines(path):
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and event.get("Test") and str(event.get("Action")) in outcomes:
            seen[str(event.get("Package", "")) + "::" + str(event["Test"])] = outcomes[event["Action"]]
    return seen


def cargo(path: Path) -> dict[str, str]:
    outcomes = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}
    seen: dict[str, str] = {}
    target = ""
    for line in _lines(path):
        running = re.match(r"\s*Running (?:unittests )?(\S+)", line)
        target = running[1] if running else target
        case = re.match(r"test (\S+)(?: - .*)? \.\.\. (ok|FAILED|ignored)", line)
        if case:
            seen[target + "::" + case[1]] = outcomes[case[2]]
    return seen


def jest(path: Path, root: str = "/app/") -> dict[str, str]:
    outcomes = {"passed": "passed", "failed": "failed"}
    try:
        suites = json.loads(path.read_text("utf-8")).get("testResults", [])
        return {
            str(suite["name"]).replace(root, "", 1) + "::" + str(case["fullName"]): outcomes.get(
                str(case["status"]), "skipped"
            )
            for suite in suites
            for case in suite["assertionResults"]
        }
    except (OSError, ValueError, AttributeError, TypeError, KeyError, RecursionError):
        return {}  # whatever the agent's code made of it, it is no report


def command(path: Path) -> dict[str, str]:
    """The only test of a command is that it ends well."""
    lines = [line.strip() for line in _lines(path)]
    return {"command": "passed" if lines == ["0"] else "failed"} if lines else {}


def unchanged(path: Path) -> dict[str, str]:
    """Files that had to stay as they were, as `sha256sum --check` found them before anything else happened."""
    found = (re.match(r"(.+): (OK|FAILED)", line) for line in _lines(path))
    return {"unchanged: " + match[1]: "passed" if match[2] == "OK" else "failed" for match in found if match}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def results(files: list[str]) -> dict[str, str]:
    seen = junit(LOGS / "junit.xml", "")
    for at, file in enumerate(files):
        seen.update(junit(LOGS / f"junit-{at}.xml", file))
    for reader, name in (
        (go, "go.json"),
        (cargo, "cargo.txt"),
        (jest, "jest.json"),
        (command, "status.txt"),
        (unchanged, "unchanged.txt"),
    ):
        seen.update(reader(LOGS / name))
    return seen


def main() -> None:
    spec = json.loads((TESTS / "spec.json").read_text("utf-8"))
    seen = results(spec["test_files"])
    turn, keep = spec["fail_to_pass"], spec["pass_to_pass"]
    missing = [name for name in [*turn, *keep] if name not in seen]
    # A test that is missing or skipped has not passed, and without one that has to turn green nothing is solved.
    resolved = bool(turn) and all(seen.get(name) == "passed" for name in [*turn, *keep])
    report = {"seen": seen, "missing": missing, "resolved": resolved}
    (LOGS / "report.json").write_text(json.dumps(report, indent=1, sort_keys=True) + "\n", "utf-8")
    (LOGS / "reward.txt").write_text("1\n" if resolved else "0\n", "utf-8")


if __name__ == "__main__":
    main()
