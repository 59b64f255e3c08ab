"""A picture says what the drawing says: a whole PNG, in its colours, with letters that can be told apart."""

from __future__ import annotations

import struct
import zlib
from string import ascii_letters, digits, punctuation

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from codex_loop.report.chart import WIDTH, Chart, Drawing, Line, Mark, Point, Words, drawing
from codex_loop.report.letters import letters
from codex_loop.report.png import FINE, png

DAY = 86_400_000
BLUE, ORANGE, PAPER = (9, 105, 218), (188, 76, 0), (255, 255, 255)


def pixels(data: bytes) -> NDArray[np.uint8]:
    """What a reader of PNG sees; every checksum is looked at."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, found = 8, {}
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(name + body),)
        found[name] = body
        at += 12 + length
    assert (next(iter(found)), next(reversed(found))) == (b"IHDR", b"IEND")
    width, height, depth, colours = struct.unpack_from(">IIBB", found[b"IHDR"])
    assert (depth, colours) == (8, 2)
    rows = np.frombuffer(zlib.decompress(found[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


def shows(picture: NDArray[np.uint8], colour: tuple[int, int, int]) -> bool:
    return bool((picture == np.array(colour, np.uint8)).all(axis=2).any())


def test_it_is_a_whole_file_of_the_size_of_the_page_twice_as_fine() -> None:
    made = drawing(Chart("t", "s", "v", [Line("a", [Point(0, 1.0), Point(DAY, 2.0)])], [Mark(0, "then")]))
    picture = pixels(png(made))
    assert picture.shape == (made.height * FINE, WIDTH * FINE, 3)
    assert tuple(picture[0, 0]) == PAPER
    assert shows(picture, BLUE)
    assert not shows(picture, ORANGE)


def test_what_is_unknown_is_a_gap() -> None:
    whole, gap = (
        pixels(png(drawing(Chart("t", "s", "v", [Line("a", [Point(n * DAY, v) for n, v in enumerate(values)])]))))
        for values in ((1.0, 1.0, 1.0, 1.0, 1.0), (1.0, 1.0, None, 1.0, 1.0))
    )
    blue = [int((each == np.array(BLUE, np.uint8)).all(axis=2).sum()) for each in (whole, gap)]
    assert blue[1] < 0.7 * blue[0]


def test_every_letter_can_be_told_from_every_other() -> None:
    drawn = [str(letters(each)) for each in ascii_letters + digits + punctuation + " –→×·…"]
    alike = {one for one in drawn if drawn.count(one) > 1}
    assert alike <= {str(letters("O")), str(letters("l"))}
    assert str(letters("\u4e16")) not in drawn


def test_accents_are_left_out_and_what_nobody_drew_is_a_box() -> None:
    assert letters("é") == letters("e")
    assert letters("\u4e16\u754c") == [letters("\u4e16")[0]] * 2


@settings(max_examples=20)
@given(st.text(max_size=30), st.sampled_from(["start", "middle", "end"]), st.floats(-2000, 2000), st.floats(-500, 500))
def test_text_of_any_kind_at_any_place_is_drawn_or_cut_off(text: str, anchor: str, x: float, y: float) -> None:
    words = Words("soft", (x, y), text, anchor)  # type: ignore[arg-type]  # one of the three
    assert pixels(png(Drawing("t", "s", 60, [words]))).shape == (120, WIDTH * FINE, 3)
