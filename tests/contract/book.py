"""What the mock models say in the contract tests: every scenario, for both agents, as data."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.fakes.scenario import Book, Call, Outcome, Step, Tokens

GOOD_PATCH = "*** Begin Patch\n*** Update File: calc.py\n@@\n-    return a - b\n+    return a + b\n*** End Patch\n"
BAD_PATCH = "*** Begin Patch\n*** Update File: calc.py\n@@\n-    return nothing\n+    return a + b\n*** End Patch\n"
NEW_FILE = "*** Begin Patch\n*** Add File: notes.txt\n+sum fixed\n*** End Patch\n"
# So much input that an agent believes its context is nearly full.
FULL = Tokens(fresh=60_000, cache_read=2_000, cache_write_5m=0, cache_write_1h=0, output=90, reasoning=20)
NEARLY_200K = Tokens(fresh=180_000, cache_read=2_000, cache_write_5m=0, cache_write_1h=0, output=90, reasoning=0)


def shell(command: str, exit_code: int | None = 0, outcome: Outcome = "ok", **more: object) -> Call:
    return Call("shell", {"command": command, **more}, "failed" if exit_code else outcome, exit_code)


def patch(text: str, outcome: Outcome = "ok") -> Call:
    return Call("patch", {"patch": text}, outcome)


def at(book: Book, project: Path) -> Book:
    """The same book with `{proj}` in the arguments turned into the real folder."""

    def placed(call: Call) -> Call:
        text = json.dumps(dict(call.arguments)).replace("{proj}", json.dumps(project.as_posix())[1:-1])
        return replace(call, arguments=json.loads(text))

    return {
        name: tuple(replace(step, calls=tuple(map(placed, step.calls))) for step in steps)
        for name, steps in book.items()
    }


# The newer and the older way to ask for more than the sandbox allows.
ESCALATED: dict[str, Any] = {
    "sandbox_permissions": "require_escalated",
    "with_escalated_permissions": True,
    "justification": "outside the sandbox",
}
PLAN = Call("plan", {"plan": [{"step": "look", "status": "completed"}, {"step": "fix", "status": "in_progress"}]})

CODEX: Book = {
    "tools": [
        Step("I will look first.", "The files come first.", (shell("ls"),)),
        Step(None, None, (shell("echo oops; exit 3", 3),)),
        Step("Fixing the sum.", None, (patch(GOOD_PATCH),)),
        Step(None, None, (patch(BAD_PATCH, "failed"),)),
        Step(None, None, (patch(NEW_FILE),)),
        Step("The sum is right now."),
    ],
    "plan": [Step("Planning.", None, (PLAN,)), Step("Planned.")],
    "parallel": [
        Step("Both at once.", None, (shell("echo one"), shell("echo two; exit 4", 4))),
        Step("One of two worked."),
    ],
    "unknown": [
        Step(None, None, (Call("no_such_tool", {"x": 1}, "failed"),)),
        Step("There is no such tool."),
    ],
    "denial": [
        Step(
            "This needs your permission.",
            None,
            (shell("touch ../outside", None, "declined", **ESCALATED),),
        ),
        Step("I will not do it."),
    ],
    "denied-patch": [
        Step("This needs your permission.", None, (patch(GOOD_PATCH, "declined"),)),
        Step("I will not do it."),
    ],
    "approval": [
        Step(
            "This needs your permission.",
            None,
            (shell("echo allowed", **ESCALATED),),
        ),
        Step("Thank you."),
    ],
    "slow-tool": [Step("This takes long.", None, (shell("echo started; sleep 60", None, "interrupted"),))],
    "slow-model": [Step("First", None, (shell("echo first"),)), Step("Now I think very long", hangs=True)],
    "compaction": [
        Step("I will look first.", None, (shell("echo before"),), tokens=FULL),
        Step("After the summary.", None, (shell("echo after; exit 5", 5),)),
        Step("Done after the compaction."),
    ],
    "short": [Step("A short answer.", None, (shell("echo short"),)), Step("That is all.")],
    "longer": [Step("Going on.", None, (shell("echo longer; exit 6", 6),)), Step("That is more.")],
    "parent": [
        Step("Somebody else shall count.", None, (Call("spawn", {"message": "count the files [s:child]"}),)),
        Step("It runs.", None, (shell("sleep 2; echo parent"),)),
        Step("It has counted."),
    ],
    "giving-parent": [
        Step("I look myself.", None, (shell("echo before; exit 4", 4),)),
        Step(
            "Somebody who knows all this shall count.",
            None,
            (Call("spawn", {"message": "count the files [s:child]", "fork_context": True}),),
        ),
        Step("It runs.", None, (shell("sleep 2; echo parent"),)),
        Step("It has counted."),
    ],
    "child": [Step("Counting.", None, (shell("ls | wc -l"),)), Step("There are three files.")],
    "limit": [Step(None, status=429)],
    "broken": [Step(None, status=500)],
    "healing": [Step("Back again.", None, (shell("echo healed"),), status=500, failures=1), Step("Healed.")],
    "cut": [Step("The line breaks here", None, cuts=True)],
}

CLAUDE: Book = {
    "tools": [
        Step("I will look first.", "The files come first.", (shell("ls"),)),
        Step(None, None, (shell("echo oops; exit 3", 3),)),
        Step("Reading it.", None, (Call("Read", {"file_path": "{proj}/calc.py"}),)),
        Step(
            "Fixing the sum.",
            None,
            (Call("Edit", {"file_path": "{proj}/calc.py", "old_string": "a - b", "new_string": "a + b"}),),
        ),
        Step(None, None, (Call("Write", {"file_path": "{proj}/notes.txt", "content": "sum fixed\n"}),)),
        Step("The sum is right now."),
    ],
    "parallel": [
        Step("Both at once.", None, (shell("echo one"), shell("echo two; exit 4", 4))),
        Step("One of two worked."),
    ],
    "unread": [
        Step(
            None,
            None,
            (Call("Edit", {"file_path": "{proj}/calc.py", "old_string": "a - b", "new_string": "a + b"}, "failed"),),
        ),
        Step("I must read it first."),
    ],
    "unknown": [
        Step(None, None, (Call("NoSuchTool", {"x": 1}, "failed"),)),
        Step(None, None, (Call("Read", {"wrong": True}, "failed"),)),
        Step("There is no such tool."),
    ],
    "denial": [
        Step("This needs your permission.", None, (shell("touch ../outside", None, "declined"),)),
        Step("I will not do it."),
    ],
    "approval": [Step("This needs your permission.", None, (shell("touch allowed"),)), Step("Thank you.")],
    "slow-tool": [Step("This takes long.", None, (shell("touch started; sleep 60", None, "interrupted"),))],
    "slow-model": [Step("First", None, (shell("echo first"),)), Step("Now I think very long", hangs=True)],
    "short": [Step("A short answer.", None, (shell("echo short"),)), Step("That is all.")],
    "longer": [Step("Going on.", None, (shell("exit 6", 6),)), Step("That is more.")],
    "parent": [
        Step(
            "Somebody else shall count.",
            None,
            (Call("agent", {"description": "Count files", "prompt": "count the files SCN:child"}),),
        ),
        Step("It has counted."),
    ],
    "child": [Step("Counting.", None, (shell("ls"),)), Step("There are three files.")],
    "full": [Step("Nearly full.", None, (shell("echo full"),), tokens=NEARLY_200K), Step("Done after the summary.")],
    "limit": [Step(None, status=429)],
    "refused": [Step(None, status=400)],
    "broken": [Step(None, status=500)],
    "healing": [Step("Back again.", None, (shell("echo healed"),), status=529, failures=1), Step("Healed.")],
    "cut-short": [Step("This answer was cut", stop_reason="max_tokens"), Step("The rest of it.")],
}
