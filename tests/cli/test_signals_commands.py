"""`codex-loop signals …` finds, lists and proves; an id may be its beginning."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from codex_loop.cli.width import width_of
from tests.cli.conftest import Json
from tests.clusters.told import put, signal
from tests.store.builder import Builder


def test_a_recorded_session_is_looked_at_once(story: int, said: Callable[..., str]) -> None:
    first = said("signals")
    assert first.startswith("1 session in 1 changed file: ")
    assert "0 new" not in first.splitlines()[0]
    assert said("signals").startswith("0 sessions in 0 changed files: 0 new")
    assert max(width_of(line) for line in first.splitlines()) <= 80


def test_every_signal_listed_can_be_explained(story: int, said: Callable[..., str], told: Callable[..., Json]) -> None:
    told("signals")
    listed = told("signals", "list")["signals"]
    assert listed
    for each in listed:
        answer = told("signals", "explain", each["id"])
        assert answer["signal"]["id"] == each["id"]
        assert answer["rule"]
        assert answer["records"]
        drawn = said("signals", "explain", each["id"][:12])
        assert each["title"][:20] in drawn
        assert all(f"   line    byte {record['offset']} of " in drawn for record in answer["records"])


def test_the_list_is_filtered_by_kind_category_and_number(store: Builder, told: Callable[..., Json]) -> None:
    rows = [signal(number, "x", category="a" if number % 2 else "b") for number in range(10)]
    put(store.database, [*rows, signal(50, "y", kind="delight"), signal(60, "z", absorbed_by="retry_loop")])

    def count(*words: str) -> int:
        return len(told("signals", "list", *words)["signals"])

    assert (count(), count("--absorbed")) == (11, 12)
    assert (count("--type", "delight"), count("--type", "friction")) == (1, 10)
    assert (count("--category", "a"), count("--category", "nothing")) == (5, 0)
    assert (count("--limit", "3"), count("--limit", "0")) == (3, 11)


def test_an_empty_list_says_who_looks(store: Builder, said: Callable[..., str]) -> None:
    assert said("signals", "list") == "No signals; `codex-loop signals` looks for them.\n"
    put(store.database, [signal(1, "x")])
    such = "No such signals; `codex-loop signals list` shows all.\n"
    assert said("signals", "list", "--category", "nothing") == such


def test_fewer_than_none_cannot_be_listed(store: Builder, refused: Callable[..., str]) -> None:
    assert "--limit -3 is below zero; 0 means all" in refused("signals", "list", "--limit", "-3")


@pytest.mark.parametrize("text", ["sig_", "sig_zzz", "nobody", "ffffffffffffffff", "-0", "sig_00000000000000001"])
def test_what_is_no_id_of_a_signal_is_said_to_be_none(text: str, store: Builder, refused: Callable[..., str]) -> None:
    put(store.database, [signal(1, "x")])
    assert f"no signal is called {text}" in refused("signals", "explain", text) or text.startswith("-")


def test_the_beginning_of_two_ids_is_not_enough(store: Builder, refused: Callable[..., str]) -> None:
    row = signal(1, "x")
    put(store.database, [row, msgspec.structs.replace(row, key=row.key ^ 1)])
    assert "is the beginning of 2 signals; give more of the id" in refused(
        "signals", "explain", f"sig_{row.key:016x}"[:-1]
    )


def test_a_long_list_says_that_there_is_more(store: Builder, said: Callable[..., str]) -> None:
    put(store.database, [signal(number, "x") for number in range(26)])
    assert said("signals", "list").endswith("\nthe latest 25 signals; --limit 0 shows all\n")
    assert "--limit 0" not in said("signals", "list", "--limit", "26")


def test_the_list_names_each_session_so_that_show_takes_it(store: Builder, said: Callable[..., str]) -> None:
    natives = ["019a1b2c-1000-7000-8000-000000000001", "019a1b2c-2000-7000-8000-000000000002"]
    for number, native in enumerate(natives):
        store.file(session=native)
        put(store.database, [msgspec.structs.replace(signal(number, "x"), session_key=store.session(native))])
    named = [line.split()[-3] for line in said("signals", "list").splitlines()[1::2]]
    assert sorted(named) == ["019a1b2c-1", "019a1b2c-2"]
    assert all(native in said("show", short) for native, short in zip(natives, sorted(named), strict=True))


def test_what_happened_is_told_in_full_below_each_signal(store: Builder, said: Callable[..., str]) -> None:
    title = "python3 failed, was mended, and passed in the same turn"
    put(store.database, [signal(1, "x", title=title)])
    assert said("signals", "list").splitlines()[2] == f"{'':14}{title}"
