"""Full-text search means the same on both engines and takes what is typed as text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_loop.errors import UsageError
from codex_loop.store.search import Hit, search, session_keys, terms
from codex_loop.store.words import spaced
from tests.store.builder import BORN_MS, Builder

SAID = {
    "login": "Fix the failing login test in src/auth/login.py",
    "café": "Das Café öffnet um 9: naïve Größe",
    "sql": 'Why does "SELECT * FROM t" AND NOT NEAR(x) fail?',
    "snake": "rename user_session_id to sid, e-mail stays",
}
FOUND = {
    "login": ["login"],
    "LOGIN test": ["login"],
    "test login": ["login"],
    "log": ["login"],
    '"log"': [],
    '"failing login"': ["login"],
    '"login failing"': [],
    '"failing login': ["login"],
    "src/auth/login.py": ["login"],
    "auth": ["login"],
    "login missing": [],
    "cafe": ["café"],
    "CAFÉ": ["café"],
    "größe": ["café"],
    "naive": ["café"],
    "select from": ["sql"],
    "NOT": ["sql"],
    "NEAR(x)": ["sql"],
    "AND": ["sql"],
    "session_id": ["snake"],
    "session": ["snake"],
    "e-mail": ["snake"],
    "test OR sid": [],
    "body:login": [],
    "^login": ["login"],
    "log*": ["login"],
}


@pytest.fixture
def store(place: str) -> Iterator[Builder]:
    builder = Builder(place)
    for number, (name, text) in enumerate(SAID.items()):
        key = builder.session(name, cwd=f"/w/{name}", title=f"about {name}")
        builder.message(key, text, time_ms=BORN_MS + number)
    builder.write()
    yield builder
    builder.close()


def found(store: Builder, text: str) -> list[str]:
    store.write()
    return [hit.session_id.removeprefix("codex:") for hit in search(store.database, text).hits]


def only(store: Builder, text: str) -> Hit:
    (hit,) = search(store.database, text).hits
    return hit


def test_words_are_found_and_signs_mean_nothing(store: Builder) -> None:
    assert {text: found(store, text) for text in FOUND} == FOUND
    assert {text: len(session_keys(store.database, text)) for text in FOUND} == {
        text: len(names) for text, names in FOUND.items()
    }


@pytest.mark.parametrize("text", ["", "  ", '""', "*", "- ( ) : '"])
def test_a_search_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no word to search for"):
        terms(text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(text=st.text(max_size=40))
def test_no_text_is_taken_for_a_query_language(store: Builder, text: str) -> None:
    try:
        terms(text)
    except UsageError:
        return
    search(store.database, text)


@given(text=st.text())
def test_words_of_words_are_the_same_words(text: str) -> None:
    assert spaced(spaced(text)) == spaced(text)


def test_a_hit_says_where_when_and_what(store: Builder) -> None:
    hit = only(store, "failing")
    assert (hit.session_id, hit.short_id, hit.kind, hit.repo) == ("codex:login", "login", "prompt", "login")
    assert (hit.at, hit.title, hit.text) == ("2026-11-18T11:06:40.000Z", "about login", SAID["login"])
    assert hit.in_text


def test_words_beyond_the_head_are_found_and_said_to_be_beyond_it(store: Builder) -> None:
    key = store.session("long")
    store.message(key, "x " * 60 + "needle")
    store.write()
    assert not only(store, "needle").in_text


def test_filters_narrow_a_search(store: Builder) -> None:
    key = store.session("tools", agent="claude")
    store.message(key, "login again", role="agent", time_ms=BORN_MS + 100)
    store.tool(key, "c1", command="pytest -k login", started_ms=BORN_MS + 200)
    store.write()

    def kinds(**narrowed: object) -> list[str]:
        return [hit.kind for hit in search(store.database, "login", **narrowed).hits]  # type: ignore[arg-type]

    assert kinds() == ["command", "answer", "prompt"]
    assert kinds(agent="codex") == ["prompt"]
    assert kinds(kind="answer") == ["answer"]
    assert kinds(since_ms=BORN_MS + 200) == ["command"]
    assert kinds(limit=1) == ["command"]
    assert search(store.database, "login", limit=1).matched == 3


def test_what_was_indexed_twice_is_found_once(store: Builder) -> None:
    key = store.session("twice")
    row = store.message(key, "needle one")
    store.document("prompt", row, key, "needle one")
    assert found(store, "needle") == ["twice"]


def test_what_is_gone_from_the_store_is_not_found(store: Builder) -> None:
    key = store.session("gone")
    store.document("prompt", 4711, key, "needle")
    assert found(store, "needle") == []
    assert session_keys(store.database, "needle") == frozenset()
