"""A complete distilled task, small enough to read: the base fails one hidden test of three, the patch none."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

from codex_loop.harbor.sandbox import PYTEST

TASK = """\
schema_version = "1.4"
# A root key: it must stand before the first table.
artifacts = [{{ source = "/app", exclude = [".git", "__pycache__", ".pytest_cache"] }}]

[task]
name = "{name}"
version = "1.0.0"
description = "Honour Retry-After in delay()"
authors = [{{ name = "codex-loop distill" }}]
keywords = ["friction", "exec_failure"]

[metadata]
codex_loop_task_schema = 1
signal_type = "friction"
signal_category = "exec_failure"
cluster_id = "clu_3f2a"
source_session_id = "0199c0de-0000-7000-8000-000000000001"
verifier_kind = "red_green_tests"

[verifier]
environment_mode = "separate"
timeout_sec = 120.0

[agent]
timeout_sec = {agent_timeout:.1f}

[environment]
build_timeout_sec = 300.0
workdir = "/app"
cpus = 1
memory_mb = 2048
storage_mb = 2048
"""
INSTRUCTION = """\
`delay(attempt, headers)` in `/app/backoff.py` ignores the server's `Retry-After` header.

If `headers` has a `Retry-After` value that is a whole number of seconds, return that number (never more than {limit}).
Header names are case-insensitive. Without the header, keep the present behaviour.
"""
DOCKERFILE = """\
FROM python:3.12.8-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY repo.tar /tmp/repo.tar
RUN tar -xf /tmp/repo.tar -C /app && rm /tmp/repo.tar \\
 && git init -q -b main . && git add -A \\
 && git -c user.email=base@example.invalid -c user.name=base commit -q -m base
"""
TESTS_DOCKERFILE = f"""\
FROM python:3.12.8-slim-bookworm
RUN python3 -m pip install --no-cache-dir pytest=={PYTEST}
WORKDIR /app
COPY . /tests/
"""
TEST_SH = """\
#!/bin/bash
# Only /logs/verifier/reward.txt counts, and grade.py writes it, last.
set -u
mkdir -p /logs/verifier
cp -R /tests/hidden/. /app/
rm -f /app/conftest.py /app/pytest.ini /app/tests/conftest.py
cd /app && python3 -m pytest -q -p no:cacheprovider -c /dev/null --rootdir=/app \\
  -o pythonpath=/app -o junit_family=xunit1 --junitxml=/logs/verifier/junit.xml tests/test_backoff.py
python3 -I /tests/grade.py
"""
GRADE = """\
import json
import xml.etree.ElementTree as ET

spec = json.load(open("/tests/spec.json"))
seen = {}
try:
    for case in ET.parse("/logs/verifier/junit.xml").iter("testcase"):
        node = case.get("file") + "::" + case.get("name")
        kinds = {child.tag for child in case}
        seen[node] = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
except (OSError, ET.ParseError):
    pass
want = spec["fail_to_pass"] + spec["pass_to_pass"]
missing = [node for node in want if node not in seen]
resolved = all(seen.get(node) == "passed" for node in want)
with open("/logs/verifier/report.json", "w") as report:
    json.dump({"seen": seen, "missing": missing, "resolved": resolved}, report, indent=1)
with open("/logs/verifier/reward.txt", "w") as reward:
    reward.write("1\\n" if resolved else "0\\n")
"""
SPEC = {
    "kind": "red_green_tests",
    "command": "python -m pytest -q tests/test_backoff.py",
    "test_files": ["tests/test_backoff.py"],
    "fail_to_pass": ["tests/test_backoff.py::test_retry_after"],
    "pass_to_pass": ["tests/test_backoff.py::test_exponential", "tests/test_backoff.py::test_cap"],
}
BASE = """\
\"\"\"Waiting between retries.\"\"\"


def delay(attempt, headers):
    return min({limit}, 2 ** attempt)
"""
BASE_TESTS = """\
from backoff import delay


def test_exponential():
    assert [delay(n, {{}}) for n in range(4)] == [1, 2, 4, 8]


def test_cap():
    assert delay(30, {{}}) == {limit}
"""
HIDDEN_TESTS = (
    BASE_TESTS
    + """

def test_retry_after():
    assert delay(1, {{"retry-after": "7"}}) == 7
    assert delay(1, {{"Retry-After": "9999"}}) == {limit}
"""
)
SOLVE = """\
#!/bin/bash
set -euo pipefail
cd /app
git apply --whitespace=nowarn /solution/fix.patch
"""
FIX = (
    "--- a/backoff.py\n"
    "+++ b/backoff.py\n"
    "@@ -2,4 +2,7 @@\n"
    " \n"
    " \n"
    " def delay(attempt, headers):\n"
    "+    for name, value in headers.items():\n"
    '+        if name.lower() == "retry-after" and str(value).isdigit():\n'
    "+            return min({limit}, int(value))\n"
    "     return min({limit}, 2 ** attempt)\n"
)
EDIT = (
    "python3 - <<'END'\n"
    "import pathlib\n"
    "path = pathlib.Path('/app/backoff.py')\n"
    "old = '    return min({limit}, 2 ** attempt)'\n"
    "new = '''    for name, value in headers.items():\n"
    '        if name.lower() == "retry-after" and str(value).isdigit():\n'
    "            return min({limit}, int(value))\n"
    "'''\n"
    "path.write_text(path.read_text().replace(old, new + old))\n"
    "END"
)
"""What an agent that solves it types."""


def write_task(
    folder: Path, *, name: str = "local/retry-after-header", limit: int = 60, agent_timeout: float = 900
) -> Path:
    """The task, in that folder. Another `limit` is another task with another digest."""
    texts = {
        "task.toml": TASK.format(name=name, agent_timeout=agent_timeout),
        "instruction.md": INSTRUCTION.format(limit=limit),
        "environment/Dockerfile": DOCKERFILE,
        "tests/Dockerfile": TESTS_DOCKERFILE,
        "tests/test.sh": TEST_SH,
        "tests/grade.py": GRADE,
        "tests/spec.json": json.dumps(SPEC, indent=1),
        "tests/hidden/tests/test_backoff.py": HIDDEN_TESTS.format(limit=limit),
        "solution/solve.sh": SOLVE,
        "solution/fix.patch": FIX.format(limit=limit),
    }
    for relative, text in texts.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    base = {"backoff.py": BASE.format(limit=limit), "tests/test_backoff.py": BASE_TESTS.format(limit=limit)}
    (folder / "environment" / "repo.tar").write_bytes(packed(base))
    return folder


def write_dataset(folder: Path, tasks: int = 3) -> Path:
    """Several of them, each another task."""
    for number in range(tasks):
        write_task(folder / f"retry-{number}", name=f"local/retry-{number}", limit=60 + number)
    return folder


def packed(files: dict[str, str]) -> bytes:
    """The same bytes for the same files, always."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            data = files[name].encode()
            entry = tarfile.TarInfo(f"./{name}")
            entry.size, entry.mtime = len(data), 1_767_225_600
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
