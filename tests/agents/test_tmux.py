"""A program in a terminal that nobody sees, with the real tmux."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from codex_loop.agents.place import Place
from codex_loop.agents.tmux import Pane, Terminal
from codex_loop.sources.samples.event import NotSaid
from tests.agents.conftest import Write, alive, gone, patiently, soon

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

ECHO = "open(os.path.join(here, 'pid'), 'w').write(str(os.getpid()))\nprint('ready', flush=True)\n"
LISTEN = "for line in sys.stdin: print('heard', line.strip().upper(), flush=True)\n"


def has(text: str, screen: str) -> bool | None:
    return True if text in screen else None


def pid(place: Place) -> int:
    return int((place.folder / "pid").read_text())


def test_what_is_typed_arrives_and_what_is_drawn_is_seen(program: Write) -> None:
    place = program(ECHO + LISTEN)
    with Pane(place, place.command, Terminal(), soon(20)) as pane:
        assert pane.wait(lambda screen: has("ready", screen))
        pane.type('it\'s -l; "quoted" $HOME #{pane_id}')
        pane.press("Enter")
        assert pane.wait(lambda screen: has('heard IT\'S -L; "QUOTED" $HOME #{PANE_ID}', screen))
    assert gone(pid(place))


@pytest.mark.parametrize(("columns", "lines"), [(160, 50), (72, 20)])
def test_the_terminal_is_as_large_as_asked_for(program: Write, columns: int, lines: int) -> None:
    place = program(
        "import shutil\nsize = shutil.get_terminal_size((1, 1))\nprint(size.columns, size.lines, flush=True)\n" + LISTEN
    )
    with Pane(place, place.command, Terminal(columns, lines), soon(20)) as pane:
        assert pane.wait(lambda screen: has(f"{columns} {lines}", screen))


def test_what_is_drawn_over_at_once_is_not_taken_for_the_screen(program: Write) -> None:
    place = program("print('prompt', flush=True); time.sleep(0.3); print('question', flush=True)\n" + LISTEN)
    with Pane(place, place.command, Terminal(), soon(20)) as pane:
        last = pane.settled(lambda screen: screen.split()[-1] if screen.split() else None, soon(10))
    assert last == "question"


def test_lines_above_the_screen_are_read_too(program: Write) -> None:
    place = program("for number in range(60): print('line', number, flush=True)\n" + LISTEN)
    with Pane(place, place.command, Terminal(80, 20), soon(20)) as pane:
        assert pane.wait(lambda screen: has("line 59", screen))
        assert "line 0\n" in pane.screen()


def test_a_program_that_wants_to_stay_is_killed(program: Write) -> None:
    stay = "for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(number, signal.SIG_IGN)\n"
    place = program(stay + ECHO + "time.sleep(600)")
    with Pane(place, place.command, Terminal(), soon(20)) as pane:
        assert pane.wait(lambda screen: has("ready", screen))
    assert gone(pid(place))


def test_no_server_and_no_socket_are_left(program: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/tmp")  # a socket's path must be short
    monkeypatch.setattr("tempfile.tempdir", None)
    place = program(ECHO + LISTEN)
    with Pane(place, place.command, Terminal(), soon(20)) as pane:
        pane.wait(lambda screen: has("ready", screen))
        folder = pane._own
        assert folder is not None
        server = int(pane._tell("display-message -p '#{pid}'")[0])
    assert not folder.exists()
    assert gone(server)


def test_a_named_socket_is_shared_and_only_our_session_is_ended(program: Write, tmp_path: Path) -> None:
    socket = str(tmp_path / "shared")
    other = ["tmux", "-S", socket, "-f", os.devnull]
    subprocess.run([*other, "new-session", "-d", "-s", "theirs", "sleep 600"], check=True)
    try:
        place = program(ECHO + LISTEN)
        with Pane(place, place.command, Terminal(socket=socket), soon(20)) as pane:
            assert pane.wait(lambda screen: has("ready", screen))
        assert gone(pid(place))
        sessions = subprocess.run([*other, "list-sessions", "-F", "#{session_name}"], capture_output=True, check=True)
        assert sessions.stdout.split() == [b"theirs"]
    finally:
        subprocess.run([*other, "kill-server"], check=True)


def test_a_program_that_ends_too_early_is_told(program: Write) -> None:
    place = program("print('no such option', flush=True)")
    with pytest.raises(NotSaid) as refusal, Pane(place, place.command, Terminal(), soon(20)) as pane:  # noqa: PT012
        while True:
            pane.screen()
    assert refusal.value.reason == "exec"


def test_without_tmux_that_is_the_reason(program: Write) -> None:
    place = program(LISTEN)._replace(environ={"PATH": ""})
    with pytest.raises(NotSaid, match="tmux is not installed"):
        Pane(place, place.command, Terminal(), soon(20))


def test_even_when_we_are_killed_nothing_is_left(program: Write, tmp_path: Path) -> None:
    place = program(ECHO + LISTEN)
    owner = f"""
import os, time
from pathlib import Path
from codex_loop.agents.place import Place
from codex_loop.agents.tmux import Pane, Terminal
place = Place({place.command!r}, Path({str(tmp_path)!r}), dict(os.environ))
with Pane(place, place.command, Terminal(), time.monotonic() + 600) as pane:
    time.sleep(600)
"""
    # What cannot be tidied up goes with the test's folder, where the path of a socket may be as long as that.
    environ = {**os.environ, "TMPDIR": str(tmp_path)} if sys.platform == "linux" else None
    with subprocess.Popen([sys.executable, "-c", owner], env=environ) as process:
        assert patiently(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
        drawn = pid(place)
        assert alive(drawn)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
    assert gone(drawn)
