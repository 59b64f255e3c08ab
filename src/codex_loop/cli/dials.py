"""The dials of status bars: C5 and CW for Codex (5 hours, week), S, W and O for Claude (session, week, Opus).

Imports next to nothing: bars start this every few seconds. An old number is never shown without its age.
"""

import time

from codex_loop.cli import hot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMATS = ("plain", "waybar", "tmux", "xbar", "i3blocks", "polybar", "json")
NAMES = ("C5", "CW", "S", "W", "O")
TITLES = {
    "C5": "Codex 5 hours", "CW": "Codex week", "S": "Claude session", "W": "Claude week", "O": "Claude week, Opus",
}  # fmt: skip
WARNING, CRITICAL = 80, 95
COLOURS = {"critical": "#ff5555", "warning": "#ffb86c", "stale": "#888888", "unknown": "#888888"}
TMUX = {"critical": "red", "warning": "yellow", "stale": "colour244", "unknown": "colour244"}
URGENT = 33
"""The exit code by which i3blocks marks a block as urgent."""
_WORST_FIRST = ("critical", "warning", "stale", "ok", "unknown")


class Reading:
    """One dial at one instant."""

    __slots__ = ("age_ms", "kind", "name", "resets_in_ms", "runs_out_in_ms", "used", "via")

    def __init__(self, name: str, told: "Mapping[str, object]", now_ms: int) -> None:
        self.name = name
        self.used = _number(told.get("used_percent"))
        observed, resets, out = (_number(told.get(key)) for key in ("observed_ms", "resets_ms", "exhausts_ms"))
        fresh_ms = _number(told.get("stale_after_ms"))
        self.age_ms = None if observed is None else max(now_ms - observed, 0)
        self.resets_in_ms = None if resets is None or resets <= now_ms else resets - now_ms
        self.runs_out_in_ms = None if out is None else max(out - now_ms, 0)
        via = told.get("via")
        self.via = via if isinstance(via, str) else None
        ended = told.get("state") == "expired" or (resets is not None and resets <= now_ms)
        if self.used is None or ended:
            self.used, self.kind = None, "unknown"
        elif self.age_ms is None or fresh_ms is None or self.age_ms > fresh_ms:
            self.kind = "stale"
        elif self.used >= CRITICAL:
            self.kind = "critical"
        else:
            self.kind = "warning" if self.used >= WARNING or out is not None else "ok"

    @property
    def text(self) -> str:
        """`C5 42%`; `C5 –` when unknown, with its age where there was a number: `C5 –(3h)`."""
        if self.used is not None and self.kind != "stale":
            return f"{self.name} {self.used:.0f}%"
        return f"{self.name} –" + (f"({length(self.age_ms)})" if self.age_ms is not None else "")

    @property
    def line(self) -> str:
        """Everything about it, for a tooltip or a menu."""
        title = TITLES[self.name]
        if self.used is None:
            seen = f", last told {ago(self.age_ms)}" if self.age_ms is not None else ""
            return f"{title}: unknown{seen}"
        parts = [f"{title}: {self.used:.0f} % used"]
        if self.resets_in_ms is not None:
            parts.append(f"resets in {length(self.resets_in_ms)}")
        if self.runs_out_in_ms is not None and self.kind != "stale":
            parts.append(f"runs out in {length(self.runs_out_in_ms)}" if self.used < 100 else "used up")
        if self.age_ms is not None:
            parts.append(f"told {ago(self.age_ms)}" + (f" by {self.via}" if self.via else ""))
        return ", ".join(parts)


def run(form: str, wanted: str | None, folder: str | None) -> int:
    """Print the dials in one format and return the exit code."""
    found = readings(hot.status_page(hot.data_dir(folder)), time.time_ns() // 1_000_000)
    names = [name.strip().upper() for name in wanted.split(",")] if wanted else list(NAMES)
    shown = [each for each in found if each.name in names]
    hot.say(drawn(form, shown) + "\n")
    return URGENT if form == "i3blocks" and overall(shown) == "critical" else 0


def known(wanted: str | None) -> bool:
    """Whether these are names of dials, separated by commas."""
    return not wanted or all(name.strip().upper() in NAMES for name in wanted.split(","))


def readings(page: "Mapping[str, object]", now_ms: int) -> "list[Reading]":
    """The dials of a status page, all five; of one that is not in it nothing is known."""
    listed = page.get("dials")
    told = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return [Reading(name, next((each for each in told if each.get("dial") == name), {}), now_ms) for name in NAMES]


def overall(shown: "Sequence[Reading]") -> str:
    """The worst of them: a bar has one colour."""
    kinds = {each.kind for each in shown}
    return next((kind for kind in _WORST_FIRST if kind in kinds), "unknown")


def drawn(form: str, shown: "Sequence[Reading]") -> str:
    """The dials as one of the bars wants them."""
    if form == "tmux":
        return " ".join(_tmux(each) for each in shown)
    if form == "polybar":
        return " ".join(_polybar(each) for each in shown)
    text = " ".join(each.text for each in shown)
    if form == "xbar":
        return "\n".join(_xbar(text, shown))
    if form == "i3blocks":
        colour = COLOURS.get(overall(shown))
        return "\n".join([text, _tightest(shown), *([colour] if colour else [])])
    if form in ("waybar", "json"):
        return _json(form, text, shown)
    return text


def length(length_ms: float) -> str:
    """`now`, `12m`, `3h`, `2d`."""
    minutes = int(length_ms // 60_000)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 2880 else f"{minutes // 1440}d"


def ago(age_ms: float) -> str:
    """`just now`, `12m ago`."""
    return "just now" if age_ms < 60_000 else f"{length(age_ms)} ago"


def _tmux(reading: Reading) -> str:
    text = reading.text.replace("#", "##")
    colour = TMUX.get(reading.kind)
    return f"#[fg={colour}]{text}#[default]" if colour else text


def _polybar(reading: Reading) -> str:
    colour = COLOURS.get(reading.kind)
    return f"%{{F{colour}}}{reading.text}%{{F-}}" if colour else reading.text


def _xbar(text: str, shown: "Sequence[Reading]") -> "list[str]":
    colour = COLOURS.get(overall(shown))
    head = f"{text} | color={colour}" if colour else text
    lines = [each.line.replace("|", "/") for each in shown]
    return [head, "---", *lines, "---", "Refresh | refresh=true"]


def _tightest(shown: "Sequence[Reading]") -> str:
    known = [each for each in shown if each.used is not None and each.kind != "stale"]
    return max(known, key=lambda each: each.used or 0.0).text if known else "–"


def _json(form: str, text: str, shown: "Sequence[Reading]") -> str:
    import json

    kind = overall(shown)
    used = [each.used for each in shown if each.used is not None and each.kind != "stale"]
    if form == "waybar":
        page: dict[str, object] = {
            "text": _pango(text),
            "tooltip": _pango("\n".join(each.line for each in shown)),
            "class": kind,
            "alt": kind,
        }
        if used:
            page["percentage"] = round(max(used))
        return json.dumps(page, ensure_ascii=False)
    return json.dumps(
        {
            "schema": "codex-loop/widget/1",
            "text": text,
            "class": kind,
            "percentage": max(used) if used else None,
            "dials": [_plain(each) for each in shown],
        },
        ensure_ascii=False,
    )


def _plain(reading: Reading) -> "dict[str, object]":
    return {
        "dial": reading.name,
        "class": reading.kind,
        "used_percent": reading.used,
        "age_seconds": _seconds(reading.age_ms),
        "resets_in_seconds": _seconds(reading.resets_in_ms),
        "runs_out_in_seconds": _seconds(reading.runs_out_in_ms),
        "told_by": reading.via,
        "text": reading.text,
    }


def _seconds(length_ms: float | None) -> float | None:
    return None if length_ms is None else length_ms / 1000


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _pango(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
