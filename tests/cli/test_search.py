"""`codex-loop search`: where something was said."""

from __future__ import annotations

from collections.abc import Callable

from codex_loop.cli.width import width_of
from tests.cli.conftest import ROOT, Json
from tests.store.builder import BORN_MS, Builder


def test_a_hit_shows_the_session_and_the_words_in_their_surroundings(store: Builder, said: Callable[..., str]) -> None:
    store.session("s1", title="Long talk", cwd="/w/x")
    store.message(store.session("s1"), "before " * 11 + "NEEDLE", time_ms=BORN_MS)
    head, text, *rest = said("search", "needle").splitlines()
    assert head == "s1  Nov 18 11:06 · prompt · x · Long talk"
    assert "NEEDLE" in text
    assert rest == ["", "1 place"]
    assert width_of(text) <= 80


def test_words_beyond_the_head_are_said_to_come_later(store: Builder, said: Callable[..., str]) -> None:
    store.message(store.session("s1"), "x " * 60 + "needle")
    assert "(the words come later in this text)" in said("search", "needle")


def test_json_has_every_place(story: int, store: Builder, told: Callable[..., Json]) -> None:
    answer = told("search", "login")
    assert answer["schema"] == "codex-loop/search/1"
    assert answer["matched"] == 2
    assert [(hit["session_id"], hit["kind"]) for hit in answer["hits"]] == [
        (f"codex:{ROOT}", "prompt"),
        (f"codex:{ROOT}", "command"),
    ]


def test_a_screenful_is_shown_and_the_rest_is_counted(store: Builder, said: Callable[..., str]) -> None:
    for number in range(25):
        store.message(store.session(f"s{number}"), "needle", time_ms=number)
    assert "20 of 25 places; --limit 0 shows all" in said("search", "needle")
    assert said("search", "needle", "--limit", "0").endswith("\n25 places\n")


def test_nothing_found_is_said(store: Builder, said: Callable[..., str]) -> None:
    assert said("search", "needle") == "nothing found\n"


def test_signs_alone_are_refused(refused: Callable[..., str]) -> None:
    assert "holds no word to search for" in refused("search", "***")
