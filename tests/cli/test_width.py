"""Text fits its column and cannot steer the terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.cli.width import clean, cut, hanging, pad, width_of


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("日本", 4), ("e\u0301", 1), ("ü", 1), ("🙂", 2), ("a\u200bb", 2)]
)
def test_wide_characters_take_two_columns_and_marks_none(text: str, width: int) -> None:
    assert width_of(text) == width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [("abcdef", 6, "abcdef"), ("abcdef", 4, "abc…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("ab cd", 4, "ab…")],
)
def test_a_long_text_ends_in_an_ellipsis(text: str, width: int, expected: str) -> None:
    assert cut(text, width) == expected


@given(text=st.text(), width=st.integers(1, 30))
def test_a_cut_text_never_exceeds_its_column(text: str, width: int) -> None:
    assert width_of(cut(text, width)) <= width
    assert width_of(pad(cut(text, width), width)) == width


@given(text=st.text())
def test_a_clean_text_holds_no_control_characters_and_stays_clean(text: str) -> None:
    shown = clean(text)
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert clean(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x1b[31mb", "a␛[31mb"), ("a\nb\tc", "a b c"), ("a\x9bb", "a\ufffdb"), ("a\u202eb", "a\ufffdb"), ("\x7f", "␡")],
)
def test_control_characters_become_visible(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(words=st.lists(st.text("ab日é", min_size=1, max_size=9), max_size=20), width=st.integers(14, 40))
def test_hanging_text_keeps_every_word_and_the_page(words: list[str], width: int) -> None:
    lines = hanging("  name  ", " ".join(words), max(width, 8 + 18))
    assert " ".join(" ".join(lines).split()) == " ".join(["name", *words])
    assert all(line.startswith(" " * 8) for line in lines[1:])
    assert max(map(width_of, lines)) <= max(width, 8 + 18)


def test_a_word_that_is_longer_than_the_page_keeps_its_line_whole() -> None:
    assert hanging("do  ", "x" * 30 + " and more", 20) == ["do  " + "x" * 30, "    and more"]
