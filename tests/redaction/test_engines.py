"""The engines differ in speed and in nothing else."""

from __future__ import annotations

import json
import sys
from random import Random
from typing import TYPE_CHECKING

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.redaction import Redactor
from codex_loop.redaction import shape as shapes
from codex_loop.redaction.engines import choose, make
from codex_loop.redaction.examples import example
from codex_loop.redaction.rules import RULES
from codex_loop.redaction.version import rules_version
from tests.redaction.clean import clean_line
from tests.redaction.conftest import ENGINES, KEY
from tests.redaction.contexts import CONTEXTS

if TYPE_CHECKING:
    from pathlib import Path

EVERY = tuple(Redactor(KEY, engine=engine) for engine in ENGINES)
SCANNERS = tuple(make(engine, RULES, rules_version()) for engine in ENGINES)
PIECES = st.sampled_from(
    ["sk-", "ghp_", "eyJ", ".", "://", ":", "@", "password", "=", " ", "\n", '"', "\\", "/", "AKIA", "é", "\x00", "%3D"]
)
RANDOM_TEXT = st.text(alphabet="abcdefABCDEF0123456789_-+/", min_size=4, max_size=50)


def corpus() -> list[bytes]:
    random = Random(5)
    contexts = list(CONTEXTS.values())
    planted = [
        json.dumps(
            {"content": contexts[index % len(contexts)](example(rule, random).text)}, ensure_ascii=index % 2 == 0
        )
        for index, rule in enumerate(RULES)
    ]
    torn = [line[: random.randrange(len(line))] for line in planted[::7]]
    return [*(line.encode() for line in planted + torn), *(clean_line(random) for _ in range(100))]


def test_every_engine_gives_the_same_block() -> None:
    block = b"\n".join(corpus())
    first, *others = (one.block(block) for one in EVERY)
    assert first.changed
    assert all(other == first for other in others)


def test_every_engine_gives_the_same_lines_when_candidates_are_replaced() -> None:
    strict = [Redactor(KEY, engine=engine, candidate=True) for engine in ENGINES]
    for line in corpus():
        first, *others = (one.line(line) for one in strict)
        assert all(other == first for other in others), line


@given(st.lists(PIECES | RANDOM_TEXT, max_size=12).map("".join))
def test_every_engine_gives_the_same_text_and_redacting_twice_changes_nothing(text: str) -> None:
    first, *others = (one.redact(text) for one in EVERY)
    assert all(other == first for other in others)
    assert EVERY[0].redact(first.text).text == first.text


@given(
    index=st.integers(0, len(RULES) - 1),
    seed=st.integers(0, 1000),
    ascii_only=st.booleans(),
    slash=st.sampled_from(["/", "\\/"]),
    before=st.text(alphabet='"\\/\n\té a', max_size=5),
)
def test_the_scan_of_raw_json_misses_no_rule(index: int, seed: int, ascii_only: bool, slash: str, before: str) -> None:
    """What matches in decoded text is seen in every way of writing it as JSON."""
    text = before + example(RULES[index], Random(seed)).text
    raw = json.dumps({"k": text}, ensure_ascii=ascii_only).replace("/", slash).encode()
    for scanner in SCANNERS:
        assert index in {hit.rule for hit in scanner.hits(raw)}


def test_without_hyperscan_the_next_engine_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_loop.redaction.engines.find_spec", lambda _: None)
    assert choose("auto") == "pure"
    with pytest.raises(ValueError, match="not installed"):
        choose("hyperscan")


def test_the_pure_engine_imports_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("hyperscan", "re2"):
        monkeypatch.setitem(sys.modules, name, None)
    secret = example(RULES[0], Random(1)).secret
    assert secret not in Redactor(KEY, engine="pure").redact(f"x {secret}").text


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="no engine named"):
        Redactor(KEY, engine="magic")


def test_every_rule_can_be_read_and_has_a_sample_that_it_finds() -> None:
    for rule in RULES:
        assert shapes.regex(shapes.parse(rule.shape))
        assert shapes.regex(shapes.parse(rule.sample))


@pytest.mark.skipif("hyperscan" not in ENGINES, reason="no hyperscan on this platform")
def test_a_damaged_cache_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from codex_loop.redaction import hyperscan_engine as engine

    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_args, **_kw: tmp_path)
    compiled: list[int] = []

    def expressions() -> list[bytes]:
        compiled.append(1)
        return [b"abc[0-9]{3}"]

    engine.load_database(expressions, "v1")
    engine.load_database(expressions, "v1")
    assert len(compiled) == 1
    path = engine.cache_file("v1")
    path.write_bytes(path.read_bytes()[:-10])
    engine.load_database(expressions, "v1")
    assert len(compiled) == 2
    assert engine.HyperscanEngine(expressions, "v1").hits(b"xabc123") == [(7, 0)]
    assert not list(path.parent.glob("*.tmp"))
