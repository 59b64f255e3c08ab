"""Text as a terminal shows it: how many columns it takes, and nothing in it that could steer the terminal."""

import unicodedata

# C0 controls have visible pictures; C1 controls, and the marks that reorder text, have none and could hide a command.
_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_BREAKS = dict.fromkeys(map(ord, "\t\n\r\v\f"), " ")
_HIDDEN = dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd")
_VISIBLE = _PICTURES | _BREAKS | _HIDDEN


def clean(text: str) -> str:
    """One line of text in which every control character is visible."""
    return text if text.isascii() and text.isprintable() else text.translate(_VISIBLE)


def width_of(text: str) -> int:
    """Columns the text takes: wide characters two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def cut(text: str, width: int) -> str:
    """The text in at most `width` columns, ending in an ellipsis when something is left out."""
    if width_of(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += _columns(character)
        if used > width - 1:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def hanging(head: str, text: str, width: int) -> list[str]:
    """The text behind its head, and what does not fit below where it began; a longer word keeps its line whole."""
    lines, line, indent = [], head, " " * width_of(head)
    for word in text.split():
        if width_of(line) + width_of(word) > width and line.strip() not in ("", head.strip()):
            lines.append(line.rstrip())
            line = indent
        line += f"{word} "
    return [*lines, line.rstrip()]


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text filled with spaces to `width` columns."""
    space = " " * (width - width_of(text))
    return space + text if right else text + space


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
