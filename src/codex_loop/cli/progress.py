"""A progress bar on stderr for work that takes long, drawn only where a person watches."""

import os
import sys
import time
from types import TracebackType
from typing import Self, TextIO

from codex_loop.cli.width import clean, cut
from codex_loop.clock import Clock

_BAR = 24
_REDRAW_S = 0.1


class Progress:
    """`with Progress("reading", total=len(files)) as bar: bar.advance()`; silent when stderr is no terminal."""

    def __init__(
        self, label: str, *, total: int | None = None, stream: TextIO | None = None, clock: Clock | None = None
    ):
        self._label, self._total, self._done, self._note = clean(label), total, 0, ""
        self._share: float | None = None
        self._stream = stream or sys.stderr
        self._monotonic_s = clock.monotonic_s if clock else time.monotonic
        self._drawn_s = float("-inf")
        self._visible = self._stream.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Self:
        self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._visible:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def advance(self, steps: int = 1, *, note: str = "") -> None:
        """Count steps as done; `note` names what is being worked on."""
        self._done += steps
        self._note = note
        self._draw()

    def to(self, share: float, *, note: str = "") -> None:
        """Show this share of the work as done, for work that is measured and not counted."""
        self._share, self._note = min(share, 1.0), note
        self._draw()

    def _draw(self) -> None:
        if not self._visible:
            return
        now_s = self._monotonic_s()
        if now_s - self._drawn_s < _REDRAW_S:
            return
        self._drawn_s = now_s
        self._stream.write("\r\033[K" + cut(self._line(), 79))
        self._stream.flush()

    def _line(self) -> str:
        if self._share is not None:
            return f"{self._label} {_bar(self._share)} {self._share:4.0%} {clean(self._note)}".rstrip()
        if not self._total:
            return f"{self._label} {self._done} {clean(self._note)}".rstrip()
        share = min(self._done / self._total, 1.0)
        return f"{self._label} {_bar(share)} {share:4.0%} {self._done}/{self._total} {clean(self._note)}".rstrip()


def _bar(share: float) -> str:
    full = round(share * _BAR)
    return "█" * full + "░" * (_BAR - full)
