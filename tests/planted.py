"""Codex sessions in which known things go wrong: the same few problems, told in many words, on many days."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

FIRST_DAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Problem(NamedTuple):
    """What goes wrong: commands that fail, with what each of them prints."""

    word: str
    commands: tuple[str, ...]
    outputs: tuple[str, ...]

    def nth(self, number: int) -> tuple[str, str]:
        """One telling of it, another one for each number."""
        count = len(self.commands)
        return self.commands[number % count], self.outputs[number // count % len(self.outputs)].format(number)


MIGRATION = Problem(
    "migration",
    ("psql -f schema.sql shop", "python manage.py migrate", "docker compose run api migrate"),
    (
        'ERROR:  relation "invoices" already exists in revision {}',
        'psycopg.errors.DuplicateTable: relation "invoices" already exists, revision {}',
        'could not create relation "invoices": error: it already exists, step {}',
    ),
)
PEERS = Problem(
    "peers",
    ("npm install", "npm ci --no-audit", "pnpm install"),
    (
        "npm error ERESOLVE could not resolve peer dependency react of carousel {}",
        "npm error ERESOLVE unable to resolve dependency tree, peer react for carousel {}",
        "error: conflicting peer dependency react, needed by carousel {}",
    ),
)
BRANCH = Problem(
    "branch",
    ("git push origin main", "git push --set-upstream origin main", "gh pr merge --admin"),
    (
        "remote: error: GH006: Protected branch update failed, review {} required",
        "! [remote rejected] main -> main (protected branch hook declined, review {})",
        "error: failed to push to the protected branch main, {} reviews are missing",
    ),
)
SPACE = Problem(
    "space",
    ("docker build -t shop .", "rsync -a out/ backup/", "tar czf dump.tgz out"),
    (
        "error: write /var/lib/layer/{}: no space left on device",
        "write error: no space left on device, block {}",
        "error: cannot write the archive: no space left on device ({})",
    ),
)
PROBLEMS = (MIGRATION, PEERS, BRANCH)
PLACES = {problem.word: place for place, problem in enumerate((*PROBLEMS, SPACE))}


def plant(home: Path, problem: Problem, numbers: Sequence[int], *, day: int = 0) -> list[str]:
    """Write one session a number, each on a day of its own from this day on; their native ids."""
    ids = []
    for place, number in enumerate(numbers):
        begin = FIRST_DAY + timedelta(days=day + place % 9, minutes=number)
        native = f"019a1b2c-{PLACES[problem.word]:04x}-7000-8000-{number:012x}"
        path = home / "sessions" / begin.strftime("%Y/%m/%d") / f"rollout-{begin:%Y-%m-%dT%H-%M-%S}-{native}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = _session(native, begin, problem.nth(number), f"/home/ann/{'shop' if number % 2 else 'api'}")
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        ids.append(native)
    return ids


def _session(native: str, begin: datetime, telling: tuple[str, str], cwd: str) -> Iterator[dict[str, Any]]:
    command, output = telling
    call = f"call-{native[-6:]}-{native[9:13]}"

    def line(second: int, kind: str, **payload: Any) -> dict[str, Any]:
        stamp = (begin + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return {"timestamp": stamp, "type": kind, "payload": payload}

    stamp = begin.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    yield line(0, "session_meta", id=native, timestamp=stamp, cwd=cwd, cli_version="0.120.0", originator="codex_cli")
    yield line(1, "turn_context", turn_id=f"turn-{call}", cwd=cwd, model="gpt-5.2", approval_policy="never")
    yield line(1, "event_msg", type="task_started", turn_id=f"turn-{call}")
    yield line(2, "event_msg", type="user_message", message="Please have a look at the open pull request")
    arguments = json.dumps({"command": ["bash", "-lc", command]})
    yield line(3, "response_item", type="function_call", name="shell", arguments=arguments, call_id=call)
    told = json.dumps({"output": output, "metadata": {"exit_code": 2, "duration_seconds": 1.5}})
    yield line(5, "response_item", type="function_call_output", call_id=call, output=told)
    yield line(9, "event_msg", type="agent_message", message="I could not finish this.")
