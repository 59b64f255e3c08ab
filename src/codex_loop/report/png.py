"""A drawing as a PNG, twice as fine as the page it was laid out for, with the light face."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from codex_loop.report.chart import WIDTH, Anchor, Dot, Drawing, Place, Stroke, Words
from codex_loop.report.letters import TALL, WIDE, letters

FINE = 2
_COLOURS: Mapping[str, int] = {
    "ink": 0x1F2328,
    "soft": 0x656D76,
    "line": 0xD8DEE4,
    "paper": 0xFFFFFF,
    "c0": 0x0969DA,
    "c1": 0xBC4C00,
    "c2": 0x1A7F37,
    "c3": 0x8250DF,
    "c4": 0x9A6700,
}
"""As in the light face of `svg.py`."""
_OF_KIND = {"grid": "line", "mark": "soft", "badge": "soft", "title": "ink", "number": "ink"}
_SIZES = {"title": 17.0, "number": 11.0}
_SIZE, _ADVANCE, _CAPITAL = 13.0, 0.55, 0.7
"""Of a text: how far each letter is from the one before, and how high capitals are, in sizes."""
_DASH = 3.0
_SIGNATURE = b"\x89PNG\r\n\x1a\n"

Floats = NDArray[np.float64]


def png(drawing: Drawing) -> bytes:
    """The whole file."""
    canvas = _Canvas(WIDTH, drawing.height)
    for shape in drawing.shapes:
        match shape:
            case Stroke(kind, pieces):
                for piece in pieces:
                    for one, two in pairwise(piece):
                        for begin, end in _dashes(one, two) if kind == "mark" else [(one, two)]:
                            canvas.line(begin, end, 1.0 if kind in _OF_KIND else 2.0, _colour(kind))
            case Dot(kind, at, radius, _):
                canvas.line(at, at, 2 * radius, _colour(kind))
                if kind == "badge":
                    canvas.line(at, at, 2 * radius - 2, _colour("paper"))
            case Words(kind, at, text, anchor):
                _write(canvas, kind, at, text, anchor)
    return _file(canvas.pixels)


class _Canvas:
    """Pixels, on which everything is a line with round ends."""

    def __init__(self, width: int, height: int) -> None:
        self.pixels: Floats = np.empty((height * FINE, width * FINE, 3))
        self.pixels[:] = _colour("paper")

    def line(self, one: Place, two: Place, wide: float, colour: Floats) -> None:
        (x1, y1), (x2, y2) = ((x * FINE, y * FINE) for x, y in (one, two))
        half = wide * FINE / 2
        left, right = _span(x1, x2, half, self.pixels.shape[1])
        top, bottom = _span(y1, y2, half, self.pixels.shape[0])
        if left >= right or top >= bottom:
            return
        x, y = np.arange(left, right) + 0.5, (np.arange(top, bottom) + 0.5)[:, None]
        length = (x2 - x1) ** 2 + (y2 - y1) ** 2
        along = np.clip(((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length, 0, 1) if length else np.zeros(1)
        away = np.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1))
        covered = np.clip(half + 0.5 - away, 0, 1)[:, :, None]
        part = self.pixels[top:bottom, left:right]
        part += (colour - part) * covered


def _span(one: float, two: float, half: float, most: int) -> tuple[int, int]:
    return max(0, int(min(one, two) - half - 1)), min(most, int(max(one, two) + half + 2))


def _dashes(one: Place, two: Place) -> Iterator[tuple[Place, Place]]:
    """Of marks alone, which stand upright."""
    (x, top), (_, bottom) = one, two
    while top < bottom:
        yield (x, top), (x, min(top + _DASH, bottom))
        top += 2 * _DASH


def _write(canvas: _Canvas, kind: str, at: Place, text: str, anchor: Anchor) -> None:
    size, colour = _SIZES.get(kind, _SIZE), _colour(kind)
    told = letters(text)
    wide = size * (_ADVANCE * len(told) - 0.15)
    x, baseline = at[0] - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor], at[1]
    across, down = size * 0.4 / WIDE, size * _CAPITAL / TALL
    for strokes in told:
        for stroke in strokes:
            places = [(x + column * across, baseline + (row - TALL) * down) for column, row in stroke]
            for one, two in pairwise(places):
                canvas.line(one, two, size * (0.12 if kind == "title" else 0.09), colour)
        x += size * _ADVANCE


def _colour(kind: str) -> Floats:
    value = _COLOURS[_OF_KIND.get(kind, kind)]
    return np.array([value >> 16, value >> 8 & 0xFF, value & 0xFF], dtype=np.float64)


def _file(pixels: Floats) -> bytes:
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + width * 3), dtype=np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = np.rint(pixels).astype(np.uint8).reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    dense = round(FINE * 96 / 0.0254)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", head),
            _chunk(b"pHYs", struct.pack(">IIB", dense, dense, 1)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
