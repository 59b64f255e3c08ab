"""Categories as a file: written the same each time, taken whole or not at all, compared without noise."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from codex_loop.errors import UsageError
from codex_loop.store import categories
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.taxonomy import exchange, review
from codex_loop.taxonomy.exchange import Difference
from tests.clusters.told import DAY_MS
from tests.planted import BRANCH, PEERS
from tests.taxonomy.conftest import LATER_MS, fill, name_of, proposal
from tests.taxonomy.test_review import named

AFTER_MS = LATER_MS + 2 * DAY_MS
Json = dict[str, Any]


def approve(database: Database) -> None:
    for problem in (PEERS, BRANCH):
        review.approve(database, name_of(proposal(database, problem)), AFTER_MS, name=problem.word)


@pytest.fixture
def approved(planted: Database) -> Database:
    approve(planted)
    return planted


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The categories of such a store."""
    folder = tmp_path_factory.mktemp("exported")
    with open_for_writing(str(folder / "loop.db")) as database:
        fill(database)
        approve(database)
        (folder / "schema.json").write_bytes(exchange.write(exchange.export(database, "test", None)))
    return folder / "schema.json"


@pytest.fixture
def spoiled(file: Path, tmp_path: Path) -> Callable[[Callable[[Json], object]], Path]:
    """The same file after somebody changed it."""

    def spoil(change: Callable[[Json], object]) -> Path:
        content: Json = msgspec.json.decode(file.read_bytes())
        change(content)
        path = tmp_path / "spoiled.json"
        path.write_bytes(msgspec.json.encode(content))
        return path

    return spoil


def test_the_same_categories_give_the_same_bytes(approved: Database) -> None:
    one = exchange.write(exchange.export(approved, "test", None))
    assert one == exchange.write(exchange.export(approved, "test", None))
    content: Json = msgspec.json.decode(one)
    assert list(content["categories"]) == sorted(content["categories"]) == ["branch", "peers"]
    assert content["version"] == "1.0"


def test_an_empty_catalogue_is_a_file_too(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    path.write_bytes(exchange.write(exchange.export(database, "test", None)))
    assert exchange.read(path).categories == {}


def test_another_store_takes_the_file_and_exports_it_again(file: Path, tmp_path: Path) -> None:
    with open_for_writing(str(tmp_path / "other.db")) as other:
        done = exchange.take(other, exchange.read(file), AFTER_MS, reviewer="bob")
        assert (done.new, done.changed, done.same, done.other_model) == (("branch", "peers"), (), (), ())
        again = exchange.take(other, exchange.read(file), AFTER_MS + 1, reviewer="bob")
        assert (again.new, again.changed, again.same) == ((), (), ("branch", "peers"))
        back = exchange.export(other, "test", None)
    assert exchange.difference(exchange.read(file), back) == Difference()


def test_the_file_names_signals_where_it_is_taken(approved: Database, file: Path) -> None:
    before = named(approved)
    for name in ("peers", "branch"):
        review.undo(approved, name, AFTER_MS)
    assert named(approved) == {}
    assert exchange.take(approved, exchange.read(file), AFTER_MS, reviewer="bob").signals == len(before)
    assert named(approved) == before


def test_a_category_of_another_model_is_taken_and_told_to_name_nothing(
    approved: Database, spoiled: Callable[[Callable[[Json], object]], Path]
) -> None:
    path = spoiled(lambda content: content["categories"]["peers"]["rule"].update(model="other/8@1"))
    done = exchange.take(approved, exchange.read(path), AFTER_MS, reviewer="bob")
    assert done.other_model == ("peers",)


def test_a_detector_that_is_not_known_here_is_told_and_nothing_is_lost(
    approved: Database, spoiled: Callable[[Callable[[Json], object]], Path]
) -> None:
    def add(content: Json) -> None:
        content["categories"]["peers"]["rule"]["detectors"].append("of_a_later_version")

    before = named(approved)
    done = exchange.take(approved, exchange.read(spoiled(add)), AFTER_MS + 1, reviewer="ann")
    assert (done.changed, done.unknown_detectors) == (("peers",), ("of_a_later_version",))
    assert named(approved) == before


def test_the_same_rule_under_another_name_takes_nothing_from_the_older_category(
    approved: Database, spoiled: Callable[[Callable[[Json], object]], Path]
) -> None:
    before = named(approved)
    twin = spoiled(lambda content: content["categories"].update(a_peers=content["categories"]["peers"]))
    assert exchange.take(approved, exchange.read(twin), AFTER_MS + 1, reviewer="ann").new == ("a_peers",)
    assert named(approved) == before


def _centre(*numbers: float) -> str:
    return base64.b64encode(np.asarray(numbers, dtype="<f2").tobytes()).decode()


WRONG: dict[str, tuple[Callable[[Json], object], str]] = {
    "type": (lambda peers: peers.update(signal_type="anger"), "peers is 'anger'; a category is friction or delight"),
    "rule": (lambda peers: peers["rule"].update(kind="delight"), "peers is friction, but its rule is about 'delight'"),
    "version": (lambda peers: peers.update(since_version=0), "peers has version 0; versions begin at 1"),
    "endless version": (lambda peers: peers.update(since_version=2**63), f"peers has version {2**63}; versions begin"),
    "base64": (lambda peers: peers["rule"].update(centre="%%%"), "the centre of peers cannot be read"),
    "odd": (lambda peers: peers["rule"].update(centre="YQ=="), "the centre of peers cannot be read"),
    "empty": (lambda peers: peers["rule"].update(centre=""), "the centre of peers cannot be read"),
    "width": (lambda peers: peers["rule"].update(centre=_centre(1, 0)), "the centre of peers cannot be read"),
    "nan": (lambda peers: peers["rule"].update(centre=_centre(*[np.nan] * 256)), "the centre of peers cannot be read"),
    "missing": (lambda peers: peers.pop("rule"), "is no file of categories: .*missing required field `rule`"),
    "number": (lambda peers: peers.update(description=7), "is no file of categories: Expected `str`"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_category_is_named_before_any_is_taken(
    case: str, spoiled: Callable[[Callable[[Json], object]], Path]
) -> None:
    change, sentence = WRONG[case]
    path = spoiled(lambda content: change(content["categories"]["peers"]))
    with pytest.raises(UsageError, match=sentence):
        exchange.read(path)


@pytest.mark.parametrize("name", ["", "Peers", "a b", "x;y", "\x1b[31m", "é", "x" * 61])
def test_a_name_that_cannot_be_typed_is_refused(name: str, spoiled: Callable[[Callable[[Json], object]], Path]) -> None:
    path = spoiled(lambda content: content["categories"].update({name: content["categories"].pop("peers")}))
    with pytest.raises(UsageError, match="is no name of a category; write it as") as error:
        exchange.read(path)
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no file of categories"),
        (b"{", "is no file of categories"),
        (b"[]", "is no file of categories"),
        (b"\xff\xfe\x00", "is no file of categories"),
        (b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}", "is no file of categories"),
        (
            b'{"version":"9","exported_at":null,"generator":"x","categories":{}}',
            "has version 9; this version reads 1.0",
        ),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=sentence):
        exchange.read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.json: No such file"):
        exchange.read(tmp_path / "none.json")


def test_a_name_that_means_the_other_kind_here_stops_the_whole_import(
    approved: Database, spoiled: Callable[[Callable[[Json], object]], Path]
) -> None:
    def change(content: Json) -> None:
        peers = content["categories"]["peers"]
        peers["signal_type"] = peers["rule"]["kind"] = "delight"
        content["categories"]["branch"]["description"] = "changed"

    with pytest.raises(UsageError, match="peers is friction here and delight in the file"):
        exchange.take(approved, exchange.read(spoiled(change)), AFTER_MS, reviewer="bob")
    assert "changed" not in {row.description for row in categories.every(approved)}


def test_text_that_no_engine_can_hold_is_replaced(
    approved: Database, spoiled: Callable[[Callable[[Json], object]], Path]
) -> None:
    path = spoiled(lambda content: content["categories"]["peers"].update(description="a\x00b"))
    exchange.take(approved, exchange.read(path), AFTER_MS, reviewer="bob")
    assert "a\ufffdb" in {row.description for row in categories.every(approved)}


def test_a_difference_tells_added_removed_changed_and_renamed(
    file: Path, spoiled: Callable[[Callable[[Json], object]], Path]
) -> None:
    def change(content: Json) -> None:
        found = content["categories"]
        found["renamed"] = found.pop("peers")
        found["branch"] |= {"description": "other", "member_count": 99, "since_version": 7}
        found["added"] = msgspec.json.decode(msgspec.json.encode(found["branch"]))
        found["added"]["rule"]["radius"] = 0.1

    old, new = exchange.read(file), exchange.read(spoiled(change))
    assert exchange.difference(old, new) == Difference(
        added=("added",), changed={"branch": ("description",)}, renamed=(("peers", "renamed"),)
    )
    assert exchange.difference(new, old).removed == ("added",)
    assert exchange.difference(old, old) == Difference()


def test_two_copies_of_one_rule_are_one_renaming_and_one_addition(
    file: Path, spoiled: Callable[[Callable[[Json], object]], Path]
) -> None:
    def change(content: Json) -> None:
        found = content["categories"]
        found["one"] = found["two"] = found.pop("peers")

    found = exchange.difference(exchange.read(file), exchange.read(spoiled(change)))
    assert (found.renamed, found.added) == ((("peers", "one"),), ("two",))
