"""Commands and edits that fail."""

from __future__ import annotations

from benchmarks.scenarios.pen import Pen
from benchmarks.scenarios.planted import Act, Plant, act
from benchmarks.scenarios.words import FAILURES
from benchmarks.scenarios.work import Desk, answer, ask, edit, look


def exec_failure(pen: Pen, desk: Desk) -> Act:
    """A known program fails, or an unknown one with an error text; plain, behind a `cd`, or in a pipe's last place."""
    about = ask(pen, desk)
    look(pen, desk, about)
    failure = desk.rng.choice(FAILURES)
    command = desk.rng.choice(("{}", "{}", "cd src && {}", "LANG=C {}", "timeout 60 {}")).format(failure.command)
    anchor = pen.run(about.fill(command), failure.code, about.fill(failure.output), desk.rng.uniform(0.2, 20))
    look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("exec_failure", anchor)


def env_missing(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    tool = desk.rng.choice(("shellcheck", "jq", "hyperfine", "tokei", "yq", "poetry", "terraform", "helm"))
    if desk.rng.random() < 0.3:
        anchor = pen.run(f"./bin/{about.module}", 126, f"/bin/bash: line 1: ./bin/{about.module}: Permission denied\n")
    else:
        anchor = pen.run(f"{tool} src/{about.module}", 127, f"/bin/bash: line 1: {tool}: command not found\n")
    look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("env_missing", anchor)


def timeout(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    look(pen, desk, about)
    anchor = pen.timed_out(f"python scripts/{about.module}_server.py")
    edit(pen, desk, about)
    answer(pen, desk)
    return act("timeout", anchor)


def tool_misuse(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    anchor = pen.unknown_tool(desk.rng.choice(("find_symbol", "web_lookup", "browser_open", "SearchIndex")))
    look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("tool_misuse", anchor)


def patch_failure(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    path = desk.file(about)
    pen.read(path)
    anchor = pen.missed_edit(path, f"    return {about.noun}")
    look(pen, desk, about)
    edit(pen, desk, about, path)
    answer(pen, desk)
    return act("patch_failure", anchor, allows=("resilient_recovery",))


PLANTS = (
    Plant("exec_failure", exec_failure),
    Plant("env_missing", env_missing),
    Plant("timeout", timeout),
    Plant("tool_misuse", tool_misuse),
    Plant("patch_failure", patch_failure),
)
