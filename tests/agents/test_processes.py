"""Children have a deadline, are heard only so far, and leave nothing behind."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from codex_loop.agents.place import Place
from codex_loop.agents.processes import OUTPUT, CannotStart, Child, Finished, last_words, run
from tests.agents.conftest import Write, alive, gone, patiently, soon

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and groups of POSIX")
CHILD = "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
TELL = "open(os.path.join(here, 'pids'), 'w').write(f'{os.getpid()} {child.pid}')\n"
FOREVER = "time.sleep(600)\n"


def ran(place: Place, seconds: float = 20, limit: int = OUTPUT) -> Finished:
    return run(place.command, environ=place.environ, cwd=place.folder, until_s=soon(seconds), limit=limit)


def pids(folder: Path) -> list[int]:
    return [int(each) for each in (folder / "pids").read_text().split()]


def test_what_a_program_says_and_how_it_ends_is_told(program: Write) -> None:
    done = ran(program("print('yes'); print('but', file=sys.stderr); sys.exit(3)"))
    assert (done.exit_code, done.output.split(), done.errors.split()) == (3, [b"yes"], [b"but"])
    assert (done.timed_out, done.cut) == (False, False)


def test_a_program_is_started_once_however_it_ends(program: Write, tmp_path: Path) -> None:
    begun = "open(os.path.join(here, 'begun'), 'a').write('x')\n"
    for end in ("sys.exit(1)", "print('{'); sys.exit(0)", FOREVER):
        (tmp_path / "begun").unlink(missing_ok=True)
        ran(program(begun + end), 1.5)
        assert (tmp_path / "begun").read_text() == "x"


def test_it_has_no_input_to_wait_for(program: Write) -> None:
    assert ran(program("print(repr(sys.stdin.read()))")).output.strip() == b"''"


@posix
def test_a_program_that_hangs_is_ended_with_all_that_it_started(program: Write, tmp_path: Path) -> None:
    done = ran(program(CHILD + TELL + FOREVER), 1.5)
    assert (done.exit_code, done.timed_out) == (None, True)
    assert [gone(pid) for pid in pids(tmp_path)] == [True, True]


@posix
def test_a_program_that_ignores_being_asked_to_end_is_killed(program: Write, tmp_path: Path) -> None:
    ignoring = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    child = CHILD.replace("import time", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    assert ran(program(ignoring + child + TELL + FOREVER), 1.5).timed_out
    assert [gone(pid) for pid in pids(tmp_path)] == [True, True]


@posix
def test_what_an_ended_program_left_in_its_group_is_ended_and_not_waited_for(program: Write, tmp_path: Path) -> None:
    done = ran(program(CHILD + TELL + "print('done')"), 60)
    assert (done.exit_code, done.output.strip(), done.timed_out) == (0, b"done", False)
    assert [gone(pid) for pid in pids(tmp_path)] == [True, True]


@posix
def test_a_program_that_is_asked_to_end_may_tidy_up(program: Write, tmp_path: Path) -> None:
    tidy = "signal.signal(signal.SIGTERM, lambda *_: (open(os.path.join(here, 'tidy'), 'w').close(), sys.exit(0)))\n"
    ran(program(tidy + FOREVER), 1.5)
    assert (tmp_path / "tidy").exists()


def test_a_program_that_says_too_much_is_cut_off_before_its_time(program: Write) -> None:
    done = ran(program("while True: sys.stdout.write('x' * 65536)"), 300, limit=100_000)
    assert (len(done.output), done.cut, done.timed_out) == (100_000, True, False)


def test_many_complaints_hold_up_no_answer(program: Write) -> None:
    talk = "for _ in range(200): sys.stderr.write('x' * 65536)\nprint('answer', flush=True)"
    done = ran(program(talk), 60, limit=100_000)
    assert (done.output.strip(), done.exit_code) == (b"answer", 0)
    assert len(done.errors) == 100_000


def test_a_program_that_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="nothing-here"):
        run([str(tmp_path / "nothing-here")], environ={}, cwd=tmp_path, until_s=soon(5))


@posix
def test_a_file_that_may_not_be_run_cannot_be_started(tmp_path: Path) -> None:
    path = tmp_path / "script"
    path.write_text("#!/bin/sh\n")
    with pytest.raises(CannotStart, match=r"script.*denied"):
        run([str(path)], environ={}, cwd=tmp_path, until_s=soon(5))


@posix
def test_a_file_that_is_no_program_cannot_be_started(tmp_path: Path) -> None:
    path = tmp_path / "garbage"
    path.write_bytes(b"\0\1\2")
    path.chmod(0o755)
    with pytest.raises(CannotStart, match="garbage"):
        run([str(path)], environ={}, cwd=tmp_path, until_s=soon(5))


class TestTalk:
    def test_lines_come_one_by_one_and_the_last_half_does_not(self, program: Write) -> None:
        place = program("print('one\\ntwo'); sys.stdout.write('thr')")
        with Child(place.command, environ=place.environ, cwd=place.folder) as child:
            assert [child.line(soon(20)).strip() for _ in range(2)] == [b"one", b"two"]  # type: ignore[union-attr]
            assert child.line(soon(20)) is None

    def test_an_answer_comes_back_for_what_was_said(self, program: Write) -> None:
        place = program("print(sys.stdin.readline().upper(), flush=True)\nsys.stdin.read()")
        with Child(place.command, environ=place.environ, cwd=place.folder, talks=True) as child:
            assert child.say(b"hello\n")
            assert (child.line(soon(20)) or b"").strip() == b"HELLO"

    def test_nothing_can_be_said_to_a_program_that_is_over(self, program: Write) -> None:
        place = program("")
        with Child(place.command, environ=place.environ, cwd=place.folder, talks=True) as child:
            assert child.ended(soon(20))
            assert patiently(lambda: not child.say(b"x" * 100_000))

    @pytest.mark.parametrize(
        ("lines", "reason"),
        [
            (FOREVER, "timeout"),
            ("print('no'); sys.exit('gone wrong')", "exec"),
            ("while True: sys.stdout.write('x' * 65536)", "parse"),
        ],
    )
    def test_why_there_is_no_answer_is_told(self, program: Write, lines: str, reason: str) -> None:
        place = program(lines)
        with Child(place.command, environ=place.environ, cwd=place.folder, limit=50_000) as child:
            until_s = soon(1.5 if reason == "timeout" else 20)
            while child.line(until_s) is not None:
                pass
            assert child.unanswered(until_s).reason == reason


@posix
def test_our_own_end_ends_the_program_at_once(tmp_path: Path) -> None:
    owner = f"""
import signal, sys, time
from pathlib import Path
from codex_loop.agents.processes import run
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
child = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
child += "open('pids', 'w').write(str(os.getpid())); time.sleep(600)"
run([sys.executable, "-c", child], environ={{}}, cwd=Path({str(tmp_path)!r}), until_s=time.monotonic() + 600)
"""
    with subprocess.Popen([sys.executable, "-c", owner]) as process:
        assert patiently(lambda: (tmp_path / "pids").exists() and (tmp_path / "pids").read_text() != "")
        child = pids(tmp_path)[0]
        assert alive(child)
        process.terminate()
        assert process.wait(timeout=20) == 143
    assert gone(child)


def test_the_last_words_are_the_last_line() -> None:
    assert last_words(b"a\nerror: no\n\n") == ": error: no"
    assert last_words(b"") == ""


def test_a_deadline_that_is_over_ends_a_program_at_once(program: Write) -> None:
    assert run(program(FOREVER).command, environ={}, cwd=Path.cwd(), until_s=time.monotonic() - 1).timed_out
