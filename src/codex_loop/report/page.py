"""The report as one page that needs nothing else: no script, no request, bars drawn as SVG."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from codex_loop.report import words
from codex_loop.report.summary import CategoryLine, ProblemLine, Summary

STYLE = """
:root{color-scheme:light dark;--line:#d0d7de;--soft:#656d76;--bad:#c4432b;--good:#2c7a4b}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--soft:#9198a1;--bad:#f0846c;--good:#5fc08a}}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}
h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem;margin:1.4rem 0 .2rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.soft{color:var(--soft)}
.boxes{display:flex;gap:1rem;flex-wrap:wrap}.box{border:1px solid var(--line);border-radius:6px;padding:.6rem 1rem}
.box b{display:block;font-size:1.4rem}code{font-size:.85em;overflow-wrap:anywhere}li{margin:.3rem 0}
.friction{fill:var(--bad)}.delight{fill:var(--good)}
""".strip()
_BAR = 160


def escape(text: str) -> str:
    """Text of agents and users without power over the page: no markup, no control character."""
    return html.escape(words.visible(text))


def page(summary: Summary) -> str:
    return "\n".join(_page(summary)) + "\n"


def _page(summary: Summary) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>codex-loop report</title><style>{STYLE}</style></head><body>"
    yield "<h1>Analysis summary</h1>"
    yield f'<p class="soft">{escape(words.period(summary))}, until {escape(words.minute(summary.until))}</p>'
    yield '<div class="boxes">'
    for number, name in (
        (f"{summary.processed} of {summary.sessions}", "sessions processed"),
        (str(summary.friction), "friction signals"),
        (str(summary.delight), "delight signals"),
        (str(summary.clusters), "clusters"),
    ):
        yield f'<div class="box"><b>{escape(number)}</b>{name}</div>'
    yield "</div>"
    for title, kind in (("Friction by category", "friction"), ("Delight by category", "delight")):
        yield from _categories(title, [each for each in summary.categories if each.type == kind], summary.trend_days)
    yield from _problems("What cost most", summary.problems)
    yield from _problems("What went well", summary.successes)
    yield "</body></html>"


def _categories(title: str, rows: Sequence[CategoryLine], days: int) -> Iterator[str]:
    if not rows:
        return
    most = max(1, *(row.signals for row in rows))
    yield f"<h2>{title}</h2><table><thead><tr><th>category</th><th></th><th class=n>signals</th>"
    yield f"<th class=n>sessions</th><th class=n>last {days} d</th><th class=n>before</th><th></th></tr></thead><tbody>"
    for row in rows:
        width = max(round(_BAR * row.signals / most), 2 if row.signals else 0)
        yield f"<tr><td>{escape(row.category)}</td><td>{_bar(width, row.type)}</td><td class=n>{row.signals}</td>"
        yield f"<td class=n>{row.sessions}</td><td class=n>{row.last}</td><td class=n>{row.before}</td>"
        yield f"<td>{words.ARROWS[row.trend]}</td></tr>"
    yield "</tbody></table>"


def _bar(width: int, kind: str) -> str:
    return (
        f'<svg width="{_BAR}" height="12" role="img" aria-hidden="true">'
        f'<rect class="{escape(kind)}" width="{width}" height="12" rx="2"/></svg>'
    )


def _problems(title: str, problems: Sequence[ProblemLine]) -> Iterator[str]:
    if problems:
        yield f"<h2>{title}</h2>"
    for problem in problems:
        yield f"<h3>{escape(problem.name)}</h3><p class=soft>{escape(words.about(problem))}</p><ul>"
        for each in problem.excerpts:
            show = f"<br><code>{escape(each.show)}</code>" if each.show else ""
            yield f"<li>{escape(words.told(each.title, each.text))}{show}</li>"
        yield "</ul>"
