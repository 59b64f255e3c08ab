"""Lines and blocks: what is not a secret stays byte for byte."""

from __future__ import annotations

import json
import re
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.redaction import LineFinding, Redactor
from codex_loop.redaction.examples import example
from codex_loop.redaction.rules import RULES
from tests.redaction.clean import clean_line
from tests.redaction.conftest import KEY

REDACTOR = Redactor(KEY)
STRICT = Redactor(KEY, candidate=True)
TAG = re.compile(r"\[REDACTED:[a-z0-9_]+:[0-9a-f]{8}\]")
TOKEN = next(rule for rule in RULES if rule.id == "github_token")
SECRET = example(TOKEN, Random(1)).secret
LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(LEAF, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@given(before=st.text(), after=st.text(), ascii_only=st.booleans(), value=JSON)
def test_a_secret_planted_in_json_is_gone_and_the_rest_stays(
    before: str, after: str, ascii_only: bool, value: object
) -> None:
    planted = {"v": value, "t": f"{before} {SECRET} {after}"}
    line = json.dumps(planted, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    redacted = REDACTOR.line(line)
    assert SECRET.encode() not in redacted.line
    assert redacted.changed
    back = json.loads(redacted.line.decode("utf-8", "surrogatepass"))
    assert list(back) == ["v", "t"]
    assert TAG.sub(lambda _: SECRET, back["t"]) == planted["t"] or len(redacted.findings) > 1


@given(value=JSON)
def test_a_line_without_findings_is_the_same_object(value: object) -> None:
    line = json.dumps(value).encode()
    redacted = REDACTOR.line(line)
    assert redacted.line is line or redacted.changed


@given(value=JSON, prefix=st.text(alphabet='abc"\\/\n\té\x00\U0001f600', max_size=8))
def test_the_block_finds_what_the_line_finds(value: object, prefix: str) -> None:
    lines = [json.dumps(value).encode(), json.dumps({prefix: prefix + " " + SECRET}).encode(), b"", b"{}"]
    block = REDACTOR.block(b"\n".join(lines) + b"\n")
    assert block.data == b"\n".join(REDACTOR.line(line).line for line in lines) + b"\n"
    for found in block.lines:
        assert found.redacted == REDACTOR.line(lines[found.index])
        assert (b"\n".join(lines) + b"\n")[found.start : found.end] == lines[found.index]


def test_numbers_spaces_order_and_repeated_keys_survive() -> None:
    line = b'{ "b" :1.10,"a": 1E5, "a":"%s", "big":123456789012345678901234567890 , "b":null}' % SECRET.encode()
    assert TAG.sub(SECRET, REDACTOR.line(line).line.decode()).encode() == line


def test_a_secret_hidden_behind_a_repeated_key_is_found() -> None:
    line = b'{"a":"%s","a":"x"}' % SECRET.encode()
    assert SECRET.encode() not in REDACTOR.line(line).line


def test_a_secret_used_as_a_key_is_found() -> None:
    line = json.dumps({SECRET: 1}).encode()
    assert list(json.loads(REDACTOR.line(line).line).values()) == [1]
    assert SECRET.encode() not in REDACTOR.line(line).line


@pytest.mark.parametrize("escape", ["\\u%04x", "\\u%04X"])
def test_a_secret_written_in_escapes_is_found(escape: str) -> None:
    hidden = "".join(escape % ord(char) for char in SECRET)
    line = f'{{"a":"x {hidden} y"}}'.encode()
    redacted = REDACTOR.line(line)
    assert TAG.fullmatch(json.loads(redacted.line)["a"][2:-2])


def test_a_secret_behind_escapes_in_nested_json_is_found() -> None:
    hidden = "".join(f"\\u{ord(char):04x}" for char in SECRET)
    line = json.dumps({"arguments": f'{{"token":"{hidden}"}}'}).encode()
    assert hidden not in json.loads(REDACTOR.line(line).line)["arguments"]


def test_a_key_gives_its_value_away() -> None:
    value = example(next(rule for rule in RULES if rule.id == "datadog_key"), Random(2)).secret
    assert value.encode() not in REDACTOR.line(json.dumps({"DD_API_KEY": value}).encode()).line
    assert value.encode() in REDACTOR.line(json.dumps({"trace": value}).encode()).line


@pytest.mark.parametrize(
    "line",
    [
        b'{"a":"b","c":"%s',
        b'{"a":"b \xff\xfe %s"}',
        b'{"a":"b\\n\xff\xfe %s"}',
        b'{"\\t\xc3":"%s"}',
        b'{"a":"\\ud800 %s"}',
        b"plain text with %s in it",
        b'"unbalanced %s',
        b"\x00\x00%s\x00",
        b'\xef\xbb\xbf{"a":"%s"}',
    ],
)
def test_a_broken_line_fails_closed(line: bytes) -> None:
    redacted = REDACTOR.line(line.replace(b"%s", SECRET.encode()))
    assert SECRET.encode() not in redacted.line
    assert TAG.sub("%s", redacted.line.decode("latin-1")).encode("latin-1") == line


PIECES = (b'"', b"\\", b"\\n", b"\\u00e9", b"\\ud800", b"\xff", b"\xc3", b"\xed\xa0\x80", b"{", b"}", b":", b" ", b"a")
BROKEN = st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)


@given(before=BROKEN, after=BROKEN, within=st.sampled_from([b"%s", b'{"k":"%s"}', b'{"%s":"x"}', b'["%s", 1]']))
def test_no_bytes_around_a_secret_hide_it_or_stop_the_reading(before: bytes, after: bytes, within: bytes) -> None:
    secret = SECRET.encode()
    line = within.replace(b"%s", before + b" " + secret + b" " + after)
    assert b" " + secret + b" " not in REDACTOR.line(line).line
    assert REDACTOR.block(line + b"\n").data == REDACTOR.line(line).line + b"\n"


@pytest.mark.parametrize("letter", ["é", "日", "\U0001f600", "\ud800"])
@pytest.mark.parametrize(
    "before", ["Server=db;Database=app;User Id=sa;Password=", "login --password ", "DB_PASSWORD=", "curl -u admin:"]
)
def test_a_shape_that_counts_bytes_leaves_no_half_of_a_letter(before: str, letter: str) -> None:
    for redactor in (REDACTOR, STRICT):
        for shift in range(4):
            text = f"{before}{'Ab1!'[:shift]}{f'aB1{letter}' * 80} end"
            assert redactor.redact(text).text.endswith(" end")
            line = json.dumps({"t": text}, ensure_ascii=False).encode("utf-8", "surrogatepass")
            back = json.loads(redactor.line(line).line.decode("utf-8", "surrogatepass"))
            assert back["t"].endswith(" end")


@pytest.mark.parametrize("times", [1, 64, 65, 20_000])
def test_one_secret_on_every_line_of_an_output_is_taken_out_of_each(times: int) -> None:
    """Each is not looked for from the beginning: that would be minutes."""
    text = f"\tnot {SECRET[:8]}\n" + f"token\t{SECRET}\n" * times
    redacted = REDACTOR.line(json.dumps({"t": text}).encode())
    (found,) = redacted.findings
    assert found == LineFinding("github_token", "definite", times)
    assert TAG.sub(SECRET, json.loads(redacted.line)["t"]) == text


def test_equal_secrets_get_equal_tags_under_one_key_only() -> None:
    twice = REDACTOR.redact(f"{SECRET} {SECRET}").text.split()
    assert twice[0] == twice[1]
    assert Redactor(bytes(32)).redact(SECRET).text != twice[0]


def test_findings_are_counted_by_rule() -> None:
    line = json.dumps([f"{SECRET} and {SECRET}", SECRET]).encode()
    assert REDACTOR.line(line).findings == (LineFinding("github_token", "definite", 3),)


def test_offsets_are_those_of_the_original_text() -> None:
    text = f"é😀 {SECRET} ü {SECRET}"
    found = REDACTOR.redact(text).findings
    assert [text[f.start : f.end] for f in found] == [SECRET, SECRET]
    assert SECRET not in msgspec.json.encode(found).decode()


@given(between=st.lists(st.text(max_size=4), min_size=1, max_size=6))
def test_each_offset_counts_characters_whatever_lies_between(between: list[str]) -> None:
    text = SECRET.join(f" {each} " for each in between)
    found = REDACTOR.redact(text).findings
    assert [text[each.start : each.end] for each in found if each.rule == "github_token"] == [SECRET] * (
        len(between) - 1
    )


def test_offsets_of_thousands_of_secrets_are_no_long_work() -> None:
    text = f"é😀 {SECRET}\n" * 20_000
    found = REDACTOR.redact(text).findings
    assert len(found) == 20_000
    assert text[found[-1].start : found[-1].end] == SECRET


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_json_inside_json_inside_json_hides_nothing(levels: int) -> None:
    for rule in RULES:
        if rule.tier == "candidate":
            continue
        text, secret = example(rule, Random(levels))
        for _ in range(levels):
            text = json.dumps({"t": text})
        assert secret.encode() not in REDACTOR.line(text.encode()).line, rule.id


def test_planting_secrets_changes_nothing_else() -> None:
    random = Random(3)
    clean = [clean_line(random) for _ in range(200)]
    for rule in RULES:
        if rule.tier == "candidate":
            continue
        text, secret = example(rule, random)
        at = random.randrange(len(clean))
        planted = [*clean[:at], json.dumps({"type": "x", "output": f"see:\n{text}\n"}).encode(), *clean[at:]]
        data = b"\n".join(planted) + b"\n"
        redacted = REDACTOR.block(data)
        assert json.dumps(secret)[1:-1].encode() not in redacted.data, rule.id
        kept = redacted.data.split(b"\n")[:-1]
        assert kept[:at] + kept[at + 1 :] == clean
