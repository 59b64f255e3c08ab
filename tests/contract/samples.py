"""`python -m tests.contract.samples --out src/codex_loop/samples`: the sessions bundled for machines that have none.

Real sessions of the newest agents, as small as they can be and still show a day's work: a failing test, a patch that
does not fit, a denial, a compaction, an impatient person and a content one. `sample_repairs.py` has those that can be
made into tasks.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from codex_loop.samples import repositories
from codex_loop.samples.repositories import Commit
from tests.contract import sample_repairs
from tests.contract.app_server import AppServer
from tests.contract.book import BAD_PATCH, ESCALATED, FULL, GOOD_PATCH, NEW_FILE, patch, shell
from tests.contract.claude import ClaudeAgent, session_of
from tests.contract.codex import CodexAgent, thread_of
from tests.contract.control import ControlledClaude
from tests.contract.normalise import Normaliser
from tests.contract.stage import Performance, perform_claude, perform_codex
from tests.contract.story import Story
from tests.contract.workplace import PROJECT_FILES
from tests.fakes.ledger import Ledger
from tests.fakes.scenario import Book, Call, Step

CODEX_VERSION, CLAUDE_VERSION = "0.169.0", "2.1.197"
TEST = 'python3 -c "from calc import add; assert add(1, 2) == 3, add(1, 2)"'
_EDIT = {"file_path": "{proj}/calc.py", "old_string": "a - b", "new_string": "a + b"}
_MARKER = re.compile(r" ?(\[s:[\w-]+\]|SCN:[\w-]+)")

CODEX_BOOK: Book = {
    "fix": [
        Step("I will run the test first.", "See it fail before changing anything.", (shell(TEST, 1),)),
        Step("The sum is computed with a minus sign.", None, (patch(BAD_PATCH, "failed"),)),
        Step("The patch did not match the file; I will read it.", None, (shell("cat calc.py"),)),
        Step(None, None, (patch(GOOD_PATCH),)),
        Step("Running the test again.", None, (shell(TEST),)),
        Step("add() now returns the sum; the test passes."),
    ],
    "notes": [Step("Writing it down.", None, (patch(NEW_FILE),)), Step("notes.txt says what was fixed.")],
    "clean": [
        Step(
            "The old build folder lies outside the project.",
            None,
            (shell("rm -rf ../build", None, "declined", **ESCALATED),),
        ),
        Step("Then I will leave it alone."),
    ],
    "list": [Step("Listing the files.", None, (shell("ls"),)), Step("Three files: README.md, calc.py, test_calc.py.")],
    "long": [
        Step("Looking at the project.", None, (shell("git log --oneline"),), tokens=FULL),
        Step("Going on after the summary.", None, (shell("ls docs", 2),)),
        Step("There is no docs folder; everything is in README.md."),
    ],
}
CLAUDE_BOOK: Book = {
    "fix": [
        Step("I will run the test first.", "See it fail before changing anything.", (shell(TEST, 1),)),
        Step("The minus sign is wrong.", None, (Call("Edit", _EDIT, "failed"),)),
        Step("I have to read the file first.", None, (Call("Read", {"file_path": "{proj}/calc.py"}),)),
        Step(None, None, (Call("Edit", _EDIT),)),
        Step("Running the test again.", None, (shell(TEST),)),
        Step("add() now returns the sum."),
    ],
    "notes": [
        Step("Writing it down.", None, (Call("Write", {"file_path": "{proj}/notes.txt", "content": "sum fixed\n"}),)),
        Step("notes.txt says what was fixed."),
    ],
    "again": [Step("Once more.", None, (shell(TEST),)), Step("It passes.")],
    "push": [
        Step("Pushing needs your permission.", None, (shell("git push origin main", None, "declined"),)),
        Step("I will not push. The commit stays local."),
    ],
}


def codex_fix(agent: CodexAgent, ledger: Ledger) -> Story:
    first = agent.run("add() in calc.py returns the wrong sum. Fix it and run the test. [s:fix]")
    agent.resume(thread_of(first), "perfect, thanks! Put a line about it into notes.txt [s:notes]")
    return Story()


def codex_denial(agent: CodexAgent, ledger: Ledger) -> Story:
    with AppServer(agent) as server:
        thread = server.start_thread(approvalPolicy="on-request", sandbox="read-only")
        server.turn(thread, "clean up the old build files [s:clean]", decision="decline")
        server.turn(thread, "no, stop. I only asked what is in here, just list the files [s:list]")
    return Story()


def codex_compaction(agent: CodexAgent, ledger: Ledger) -> Story:
    agent.run("summarise the history of this project and its documentation [s:long]")
    return Story()


def claude_fix(agent: ClaudeAgent, ledger: Ledger) -> Story:
    first = agent.run("add() in calc.py returns the wrong sum. Fix it and run the test. SCN:fix")
    agent.resume(session_of(first), "that's still not what I asked for: write it down in notes.txt SCN:notes")
    agent.compact(session_of(first))
    agent.resume(session_of(first), "great, exactly what I wanted. Run the test once more SCN:again")
    return Story()


def claude_denial(agent: ClaudeAgent, ledger: Ledger) -> Story:
    with ControlledClaude(agent) as claude:
        claude.say("publish this SCN:push")
        claude.answer(claude.question(), behavior="deny", message="never push from here")
        claude.result()
        claude.finish()
    return Story()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.contract.samples", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args(arguments).out
    for folder in ("codex", "claude", "repositories"):
        shutil.rmtree(out / folder, ignore_errors=True)
    (out / "repositories").mkdir(parents=True)
    calc = repositories.write([Commit(repositories.FIRST, PROJECT_FILES)])
    (out / "repositories" / "calc.txt").write_text(calc, encoding="utf-8", newline="\n")
    sample_repairs.record(out)
    for codex in (codex_fix, codex_denial, codex_compaction):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            seed = _seed(codex.__name__)
            _keep(perform_codex(CODEX_VERSION, "sample", codex, CODEX_BOOK, Path(scratch), seed=seed), out)
    for claude in (claude_fix, claude_denial):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            seed = _seed(claude.__name__)
            _keep(perform_claude(CLAUDE_VERSION, "sample", claude, CLAUDE_BOOK, Path(scratch), seed=seed), out)
    return 0


def _seed(name: str) -> str:
    return f"{zlib.crc32(name.encode()):08x}"


def _keep(performance: Performance, out: Path) -> None:
    normaliser = Normaliser(performance.workplace.root, longest=200)
    codex = performance.agent == "codex"
    home, folder = (performance.codex_home, "sessions") if codex else (performance.claude_home, "projects")
    for source in sorted((home / folder).rglob("*.jsonl")):
        target = out / performance.agent / normaliser.text(source.relative_to(home).as_posix())
        normaliser.file(source, target)
        # The markers steer the mock; a reader of the samples has no use for them.
        target.write_text(_MARKER.sub("", target.read_text(encoding="utf-8")), encoding="utf-8", newline="")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
