"""Claude Code's control protocol and its printed /usage, as they answer and as they may not."""

from __future__ import annotations

import json

import pytest

from codex_loop.agents import claude, claude_control, claude_usage
from codex_loop.agents.place import Place
from codex_loop.clock import SystemClock
from codex_loop.sources.samples.event import NotSaid
from tests.agents.conftest import Write, soon

CONTROL = """
USAGE = {"subscription_type": "max", "rate_limits_available": True,
         "rate_limits": {"five_hour": {"utilization": 42, "resets_at": "2026-11-21T13:00:00Z"}}}

def answer(request, subtype="success", **response):
    body = {"subtype": subtype, "request_id": request["request_id"], **response}
    print(json.dumps({"type": "control_response", "response": body}), flush=True)

with open(os.path.join(here, "arguments"), "w") as file:
    json.dump(sys.argv[1:], file)
request = json.loads(sys.stdin.readline())
"""


def arguments(place: Place) -> list[str]:
    found = json.loads((place.folder / "arguments").read_text())
    assert isinstance(found, list)
    return found


def test_the_answer_to_the_control_request_is_read(program: Write) -> None:
    place = program(CONTROL + "answer(request, response=USAGE)\nsys.stdin.read()")
    found = claude_control.ask(place, soon(20))
    assert (found.windows["session"].used_percent, found.plan) == (42, "max")
    assert {"--no-session-persistence", "--strict-mcp-config", "-p"} <= set(arguments(place))


def test_its_input_stays_open_until_it_has_answered(program: Write) -> None:
    patient = """
import threading
closed = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), closed.set()), daemon=True).start()
answer(request, response=USAGE if not closed.wait(1) else {})
"""
    assert claude_control.ask(program(CONTROL + patient), soon(20)).windows["session"].used_percent == 42


def test_other_lines_and_answers_to_others_are_passed_over(program: Write) -> None:
    noise = """
print("warning: \\u0000"); print(json.dumps({"type": "system", "subtype": "init"}))
answer({"request_id": "other"}, response={"rate_limits_available": False})
answer(request, response=USAGE)
"""
    assert claude_control.ask(program(CONTROL + noise), soon(20)).windows["session"].used_percent == 42


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("answer(request, response={'rate_limits_available': False})", "unavailable"),
        ("answer(request, response={'rate_limits_available': True, 'rate_limits': None})", "unavailable"),
        ("answer(request, 'error', error='Unsupported control request subtype: get_usage')", "unavailable"),
        ("sys.exit('unknown option')", "exec"),
        ("time.sleep(600)", "timeout"),
        ("while True: print('x' * 4000)", "parse"),
    ],
)
def test_no_answer_has_its_reason(program: Write, lines: str, reason: str) -> None:
    with pytest.raises(NotSaid) as refusal:
        claude_control.ask(program(CONTROL + lines), soon(1.5 if reason == "timeout" else 20))
    assert refusal.value.reason == reason


def test_printed_usage_is_read(program: Write) -> None:
    found = claude_usage.ask(
        program("print('Current session: 42% used \\u00b7 resets 5pm (UTC)')"), soon(20), SystemClock()
    )
    assert found.windows["session"].used_percent == 42


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("print('Total cost:  $0.0000')", "unavailable"),
        ("print('hello')", "parse"),
        ("sys.exit('error: unknown option')", "exec"),
        ("time.sleep(600)", "timeout"),
    ],
)
def test_no_printed_usage_has_its_reason(program: Write, lines: str, reason: str) -> None:
    with pytest.raises(NotSaid) as refusal:
        claude_usage.ask(program(lines), soon(1.5 if reason == "timeout" else 20), SystemClock())
    assert refusal.value.reason == reason


@pytest.mark.parametrize("version", ["1.0.100", "2.0.76"])
def test_a_release_that_spends_tokens_on_being_started_is_not_asked(program: Write, version: str) -> None:
    with pytest.raises(NotSaid, match=f"{version}.*update") as refusal:
        claude.refuse_old(program(f"print('{version} (Claude Code)')"), soon(20))
    assert refusal.value.final


@pytest.mark.parametrize("said", ["2.1.197 (Claude Code)", "3.0.1", "who knows"])
def test_other_releases_are_asked(program: Write, said: str) -> None:
    claude.refuse_old(program(f"print({said!r})"), soon(20))
