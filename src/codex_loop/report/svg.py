"""A drawing as one SVG that needs nothing else, with a light and a dark face."""

from __future__ import annotations

from collections.abc import Iterator

from codex_loop.report.chart import WIDTH, Dot, Drawing, Shape, Stroke, Words
from codex_loop.report.page import escape

_STYLE = """
.chart{color-scheme:light dark;--ink:#1f2328;--soft:#656d76;--line:#d8dee4;--paper:#ffffff;
--c0:#0969da;--c1:#bc4c00;--c2:#1a7f37;--c3:#8250df;--c4:#9a6700}
@media(prefers-color-scheme:dark){.chart{--ink:#e6edf3;--soft:#9198a1;--line:#30363d;--paper:#0d1117;
--c0:#58a6ff;--c1:#f0883e;--c2:#56d364;--c3:#bc8cff;--c4:#d29922}}
.chart text{font:13px system-ui,sans-serif;fill:var(--ink)}.chart .soft{fill:var(--soft)}
.chart .title{font-size:17px;font-weight:600}.chart .paper{fill:var(--paper)}
.chart .grid{stroke:var(--line)}.chart .mark{stroke:var(--soft);stroke-dasharray:3 3}
.chart .badge{fill:var(--paper);stroke:var(--soft)}.chart .number{font-size:11px}
.chart .end{text-anchor:end}.chart .middle{text-anchor:middle}
.chart path{fill:none;stroke-width:2}
""".replace("\n", "")
_CLASSES = ("grid", "mark", "badge", "title", "soft", "number")
"""Kinds that the style knows; the others are colours of lines."""


def svg(drawing: Drawing) -> str:
    """The whole file."""
    return "\n".join(_lines(drawing)) + "\n"


def _lines(drawing: Drawing) -> Iterator[str]:
    title, height = escape(drawing.title), drawing.height
    yield (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" role="img" aria-label="{title}">'
    )
    yield f"<title>{title}</title><desc>{escape(drawing.subtitle)}</desc><style>{_STYLE}</style>"
    yield f'<rect class="paper" width="{WIDTH}" height="{height}" rx="8"/>'
    for shape in drawing.shapes:
        yield _element(shape)
    yield "</svg>"


def _element(shape: Shape) -> str:
    match shape:
        case Stroke(kind, pieces):
            places = "".join(f"M{'L'.join(f'{x} {y}' for x, y in piece)}" for piece in pieces)
            how = f'class="{kind}"' if kind in _CLASSES else f'stroke="var(--{kind})"'
            return f'<path d="{places}" {how}/>'
        case Dot(kind, (x, y), radius, told):
            inside = f"<title>{escape(told)}</title>" if told else ""
            return f'<circle cx="{x}" cy="{y}" r="{radius}" {_filled(kind)}>{inside}</circle>'
        case Words(kind, (x, y), text, anchor):
            named = [] if kind not in _CLASSES else [kind]
            named += [] if anchor == "start" else [anchor]
            how = f' class="{" ".join(named)}"' if named else ""
            coloured = "" if kind in _CLASSES else f' style="fill:var(--{kind})"'
            return f'<text{how} x="{x}" y="{y}"{coloured}>{escape(text)}</text>'


def _filled(kind: str) -> str:
    return f'class="{kind}"' if kind in _CLASSES else f'style="fill:var(--{kind})"'
