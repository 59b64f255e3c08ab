"""Input made to break a redactor. There is no clock here: a quadratic rule would simply never finish."""

from __future__ import annotations

import json
from random import Random

import pytest

from codex_loop.redaction import Redactor
from codex_loop.redaction.examples import example
from codex_loop.redaction.rules import RULES
from tests.redaction.conftest import ENGINES, KEY

SECRET = example(next(rule for rule in RULES if rule.id == "github_token"), Random(1)).secret
MEGA = 1 << 20


@pytest.mark.parametrize("engine", ENGINES)
def test_nesting_of_any_depth_is_looked_through(engine: str) -> None:
    depth = 20_000
    line = b'{"a":[' * depth + json.dumps(SECRET).encode() + b"]}" * depth
    redacted = Redactor(KEY, engine=engine).line(line)
    assert SECRET.encode() not in redacted.line
    assert redacted.line.count(b"[") == depth + 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_huge_leaf_is_searched_to_its_end(engine: str) -> None:
    size = 8 * MEGA if engine == "hyperscan" else MEGA // 2  # the other engines need seconds for a megabyte
    line = json.dumps({"output": "some words\n" * (size // 12) + SECRET}).encode()
    assert SECRET.encode() not in Redactor(KEY, engine=engine).line(line).line


@pytest.mark.parametrize(
    "unit",
    [
        "ey", "eyJ.", "-eyJ", "sk-", "sk-sk_", "a", "0", "password=", "aws_", "://a:", "http://u:p@", "cookie: a=",
        "-----BEGIN PRIVATE KEY-----", "Bearer ", "key-", "\\n", "%3D", "\x00", "A", "AAAA.", "datadog ", "SG.", "hvs.",
        "curl -u a:", "machine a login b ", "_authToken=", "[REDACTED:", "\\u0073",
    ],
)  # fmt: skip
@pytest.mark.parametrize("engine", ENGINES)
def test_repeats_stay_linear(unit: str, engine: str) -> None:
    text = unit * (MEGA // 16 // len(unit))
    redacted = Redactor(KEY, engine=engine).redact(text + " " + SECRET)
    assert SECRET not in redacted.text


@pytest.mark.parametrize("text", ["\ud800 %s \udfff", "\x00%s\x00", "\x1b[31m%s\x1b[0m", "%s" + chr(0x10FFFF)])
def test_odd_characters_hide_nothing_and_survive(text: str, redactor: Redactor) -> None:
    redacted = redactor.redact(text.replace("%s", SECRET))
    (finding,) = redacted.findings
    assert text.replace("%s", SECRET)[finding.start : finding.end] == SECRET
    assert redacted.text[: finding.start] == text.partition("%s")[0]
    assert redacted.text.endswith(text.partition("%s")[2])
