"""Pages of programs that behave as the agents' terminals do, and as they may."""

from __future__ import annotations

import shutil

import pytest

from codex_loop.agents import claude_pane, codex_pane
from codex_loop.agents.place import Place
from codex_loop.agents.tmux import Terminal
from codex_loop.clock import SystemClock
from codex_loop.sources.samples.event import NotSaid
from tests.agents.conftest import Write, soon

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

PROMPT = """
def write(text):
    sys.stdout.buffer.write(text.encode()); sys.stdout.flush()

if "--help" in sys.argv:
    sys.exit(0)
"""
CODEX = (
    PROMPT
    + """
PAGE = ">_ OpenAI Codex (v1)\\n  5h limit: [##] 59% left (resets 13:40)\\n"
write("\\u203a ")
"""
)
CLAUDE = (
    PROMPT
    + """
write("\\u276f ")
"""
)


def codex(place: Place, seconds: float = 20) -> dict[str, float | None]:
    found = codex_pane.ask(place, Terminal(100, 40), soon(seconds), SystemClock())
    return {name: seen.used_percent for name, seen in found.windows.items()}


def claude(place: Place, seconds: float = 20) -> dict[str, float | None]:
    found = claude_pane.ask(place, Terminal(100, 40), soon(seconds), SystemClock())
    return {name: seen.used_percent for name, seen in found.windows.items()}


def test_a_page_without_limits_is_asked_for_again(program: Write) -> None:
    late = """
for number, line in enumerate(sys.stdin):
    write(("Limits: not available yet\\n" if number == 0 else PAGE) + "\\u203a ")
"""
    assert codex(program(CODEX + late)) == {"5h_limit": 41}


def test_a_page_that_is_still_being_drawn_is_waited_for(program: Write) -> None:
    slow = """
for line in sys.stdin:
    write("Current session\\n 42% used\\n"); time.sleep(0.4); write(" Resets 5pm (UTC)\\n")
    write("Current week (all models)\\n 17% used\\n Resets Nov 26, 4am (UTC)\\n")
"""
    assert claude(program(CLAUDE + slow)) == {"session": 42, "weekly_all": 17}


def test_a_machine_without_a_language_draws_the_same(program: Write) -> None:
    place = program(CODEX + "for line in sys.stdin: write(PAGE)")
    bare = {name: place.environ[name] for name in ("PATH", "HOME") if name in place.environ}
    assert codex(place._replace(environ={**bare, "LC_ALL": "C"})) == {"5h_limit": 41}


@pytest.mark.parametrize("question", ["\\u203a 1. Yes\\n  2. No", "press enter to continue\\n\\u203a "])
def test_nothing_is_typed_into_a_question(program: Write, question: str) -> None:
    place = program(PROMPT + f"write('{question}')\nopen(os.path.join(here, 'typed'), 'w').write(sys.stdin.read(1))")
    with pytest.raises(NotSaid, match="question") as refusal:
        codex(place)
    assert refusal.value.reason == "unavailable"
    assert not (place.folder / "typed").exists() or (place.folder / "typed").read_text() == ""


def test_a_screen_that_stays_empty_is_given_up(program: Write) -> None:
    with pytest.raises(NotSaid, match="did not come up") as refusal:
        claude(program(PROMPT + "time.sleep(600)"), 3)
    assert refusal.value.reason == "timeout"


def test_a_prompt_that_takes_nothing_is_given_up_without_entering_anything(program: Write) -> None:
    deaf = "import tty; tty.setraw(0); open(os.path.join(here, 'typed'), 'wb').write(os.read(0, 100)); time.sleep(600)"
    place = program(CLAUDE + deaf)
    with pytest.raises(NotSaid, match="does not take") as refusal:
        claude(place)
    assert refusal.value.reason == "parse"
    assert b"\r" not in (place.folder / "typed").read_bytes()
