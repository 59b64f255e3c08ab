"""The bar is for eyes only."""

from io import StringIO

import pytest

from codex_loop.cli.progress import Progress


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class TickingClock:
    """Each look at it is a second later."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now_ms(self) -> int:
        return 0

    def monotonic_s(self) -> float:
        self.seconds += 1
        return self.seconds


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


def test_nothing_is_drawn_into_a_file() -> None:
    stream = StringIO()
    with Progress("reading", total=2, stream=stream) as bar:
        bar.advance()
    assert stream.getvalue() == ""


def test_the_bar_shows_what_is_done_and_is_wiped_at_the_end() -> None:
    stream = Terminal()
    with Progress("reading", total=4, stream=stream, clock=TickingClock()) as bar:
        bar.advance(note="a\x1bb.jsonl")
    drawn = stream.getvalue().split("\r\033[K")
    assert drawn[2] == f"reading {'█' * 6}{'░' * 18}  25% 1/4 a␛b.jsonl"
    assert drawn[-1] == ""


def test_without_a_total_it_counts() -> None:
    stream = Terminal()
    with Progress("reading", stream=stream, clock=TickingClock()) as bar:
        bar.advance(3)
    assert "reading 3" in stream.getvalue()


def test_a_dumb_terminal_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    with Progress("reading", total=1, stream=stream) as bar:
        bar.advance()
    assert stream.getvalue() == ""


def test_it_draws_at_most_ten_times_a_second() -> None:
    class StandingClock(TickingClock):
        def monotonic_s(self) -> float:
            return 1.0

    stream = Terminal()
    with Progress("reading", total=1000, stream=stream, clock=StandingClock()) as bar:
        for _ in range(1000):
            bar.advance()
    assert stream.getvalue().count("reading") == 1
