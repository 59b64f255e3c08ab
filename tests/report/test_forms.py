"""Whatever agents and users said, a report stays a report: nothing of theirs is markup, script or control."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.report import markdown, words
from codex_loop.report.markdown import code, plain
from codex_loop.report.page import page
from codex_loop.report.summary import CategoryLine, Pointer, ProblemLine, Summary

HOSTILE = (
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "&lt;script&gt;",
    "a | b | c\n| --- |\n# heading\n- item",
    "[click](javascript:alert(1)) ![x](http://x.test/y.png) <http://x.test>",
    "`rm -rf` ``x`` ~~gone~~",
    "\x1b[2J\x1b]0;owned\x07 \x00 \x9b31m",
    "user\u202egnp.exe\u2066 x",
    "日本語のエラー 🚨 全角",
    "x" * 5_000,
    "",
)


def summary(text: str, *, signals: int = 3) -> Summary:
    pointer = Pointer(
        signal_id="sig_1", session_id=f"codex:{text}", at=None, title=text, text=text, show=f"show {text}"
    )
    line = CategoryLine(
        type="friction", category=text, signals=signals, sessions=2, severity=0.5, last=1, before=2, trend="down"
    )
    problem = ProblemLine(
        type="friction",
        cluster_id=None,
        name=text,
        signals=3,
        sessions=2,
        severity=0.5,
        cost_ms=90_000,
        cost_tokens=None,
        excerpts=(pointer,),
    )
    return Summary(
        days=None, trend_days=7, until="2026-11-25T12:00:00.000Z", sessions=4, processed=4, friction=3, delight=0,
        clusters=1, categories=(line,), problems=(problem,), successes=(),
    )  # fmt: skip


class Tags(HTMLParser):
    """Every tag with its attributes, and the text that is seen."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.seen = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.seen += data


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_has_the_same_tags_whatever_is_said(text: str) -> None:
    drawn = page(summary(text))
    assert Tags(drawn).tags == Tags(page(summary("harmless"))).tags
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", drawn)


def test_a_page_needs_nothing_from_anywhere() -> None:
    drawn = page(summary("harmless"))
    tags = {tag for tag, _ in Tags(drawn).tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not re.search(r"https?:|@import|url\(", drawn)


def test_a_page_shows_what_was_said_as_it_was_said() -> None:
    assert "<script>alert(1)</script>" in Tags(page(summary(HOSTILE[0]))).seen
    assert "日本語のエラー 🚨" in Tags(page(summary(HOSTILE[9]))).seen


def test_a_category_that_went_away_has_no_bar_and_breaks_nothing() -> None:
    assert 'width="0"' in page(summary("over", signals=0))


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_keeps_its_lines_whatever_is_said(text: str) -> None:
    drawn = markdown.markdown(summary(text))
    harmless = markdown.markdown(summary("harmless"))
    assert len(drawn.splitlines()) == len(harmless.splitlines())
    assert [line[:2] for line in drawn.splitlines() if line.startswith(("#", "|"))] == [
        line[:2] for line in harmless.splitlines() if line.startswith(("#", "|"))
    ]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", drawn)


@given(st.text(max_size=60))
def test_text_in_markdown_is_never_markup(text: str) -> None:
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>|`*_\[\]#~]", plain(text))
    assert "\n" not in plain(text)


@given(st.text(max_size=60))
def test_code_in_markdown_ends_where_it_should(text: str) -> None:
    drawn = code(text)
    fence = re.match("`+", drawn)
    assert fence is not None
    assert drawn.endswith(fence[0])
    inside = drawn[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in re.findall("`+", inside)


@pytest.mark.parametrize(
    ("span_ms", "told"),
    [(0, "0 s"), (59_000, "59 s"), (60_000, "1 min"), (7_199_000, "120 min"), (7_200_000, "2.0 h")],
)
def test_a_length_is_told_in_the_unit_people_use(span_ms: int, told: str) -> None:
    assert words.length(span_ms) == told


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0"), (999, "999"), (1_000, "1.0k"), (12_345, "12k"), (3_400_000, "3.4M")]
)
def test_a_count_is_told_short(count: int, told: str) -> None:
    assert words.thousands(count) == told


def browser() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.mark.contract
def test_a_real_browser_draws_the_page_and_runs_nothing_of_it(tmp_path: Path) -> None:
    program = browser()
    if program is None:
        pytest.skip("no Chromium here; `apt-get install chromium` brings one")
    (tmp_path / "report.html").write_text(page(summary("".join(HOSTILE[:10]))), encoding="utf-8")
    picture = tmp_path / "report.png"
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [program, *options, f"--screenshot={picture}", "--dump-dom", (tmp_path / "report.html").as_uri()],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert "<script" not in done.stdout


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"pytest: {'=' * 12} FAILURES {'=' * 12}", "pytest: FAILURES"),
        ("____ test_x ____", "test_x"),
        ("pytest: =====", ""),
        ("-----", ""),
        ("git log -- a.py | declined: rm", "git log -- a.py | declined: rm"),
        ("a____b is not -----BEGIN", "a____b is not -----BEGIN"),
    ],
)
def test_rulers_go_and_words_stay(text: str, left: str) -> None:
    assert words.unruled(text) == left


def test_an_excerpt_of_rulers_alone_is_told_by_its_title() -> None:
    assert words.told("pytest failed with 2", "pytest: =====") == "pytest failed with 2"


def test_a_long_excerpt_says_that_it_goes_on_and_the_page_tells_its_time_to_the_minute() -> None:
    told = words.told("said", "x" * 301)
    assert (len(told), told[-1]) == (len("said: ") + 300, "…")
    assert words.told("said", "x" * 300).endswith("x")
    assert "everything recorded, until 2026-11-25 12:00 UTC<" in page(summary("x"))
