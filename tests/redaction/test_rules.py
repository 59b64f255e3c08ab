"""The rule book: every rule finds its published format wherever it stands, and nothing else."""

from __future__ import annotations

from random import Random

import pytest

from codex_loop.redaction import Redactor
from codex_loop.redaction import shape as shapes
from codex_loop.redaction.examples import example
from codex_loop.redaction.matcher import MOST_HEADS
from codex_loop.redaction.rule import Rule
from codex_loop.redaction.rules import RULES
from tests.redaction.clean import clean_line
from tests.redaction.contexts import CONTEXTS

DEFINITE = [rule for rule in RULES if rule.tier == "definite"]


@pytest.mark.parametrize("rule", DEFINITE, ids=lambda rule: rule.id)
def test_a_secret_in_its_published_format_survives_nowhere(rule: Rule, redactor: Redactor) -> None:
    for name, context in CONTEXTS.items():
        text, secret = example(rule, Random(f"{rule.id} {name}"))
        assert secret not in redactor.redact(context(text)).text, name


@pytest.mark.parametrize(
    "line",
    [
        "curl -u admin:Zx81kqpw7 https://ci.internal",
        "curl -uadmin:Zx81kqpw7 https://ci.internal",
        "curl --user admin:Zx81kqpw7 https://ci.internal",
        "curl --user=admin:Zx81kqpw7 https://ci.internal",
        "curl -sSu 'admin:Zx81kqpw7' https://ci.internal",
        "curl -s -X POST -u admin:Zx81kqpw7 https://ci.internal",
        "curl https://ci.internal -u :Zx81kqpw7",
        "curl --proxy-user admin:Zx81kqpw7 https://ci.internal",
    ],
)
def test_a_password_on_a_command_line_is_found_wherever_its_flag_stands(line: str, redactor: Redactor) -> None:
    for context in CONTEXTS.values():
        assert "Zx81kqpw7" not in redactor.redact(context(line)).text


def test_a_bot_token_is_found_in_the_address_it_is_used_in(redactor: Redactor) -> None:
    token = "5123456789:AAHx8Kq2mP4rT6vY8zB1dF3gJ5kL7nQ9sUw"
    assert token not in redactor.redact(f"curl https://api.telegram.org/bot{token}/getMe").text


@pytest.mark.parametrize(
    "line", ["curl -u https://ci.internal/a", "curl -u $USER:$PASS https://x", "wget -U Mozilla/5.0 http://h:8080/x"]
)
def test_a_flag_without_a_password_is_no_secret(line: str, redactor: Redactor) -> None:
    assert redactor.redact(line).text == line


@pytest.mark.parametrize("line", ["mysql -pZx81kqpw7 app", "mysql -u root -pZx81kqpw7", "redis-cli -a Zx81kqpw7"])
def test_a_password_flag_right_behind_its_program_is_a_candidate(
    line: str, redactor: Redactor, strict: Redactor
) -> None:
    assert redactor.redact(line).text == line
    assert "Zx81kqpw7" not in strict.redact(line).text


@pytest.mark.parametrize("rule", DEFINITE, ids=lambda rule: rule.id)
def test_redacting_twice_changes_nothing(rule: Rule, redactor: Redactor, strict: Redactor) -> None:
    for seed, context in enumerate(CONTEXTS.values()):
        for one in (redactor, strict):
            once = one.redact(context(example(rule, Random(seed)).text)).text
            assert one.redact(once).text == once


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.tier == "candidate"], ids=lambda rule: rule.id)
def test_a_candidate_is_reported_and_kept_or_replaced_on_request(
    rule: Rule, redactor: Redactor, strict: Redactor
) -> None:
    text, secret = example(rule, Random(7))
    kept = redactor.redact(text)
    assert kept.text == text
    assert {finding.tier for finding in kept.findings} == {"candidate"}
    assert secret not in strict.redact(text).text


def test_there_are_at_least_120_providers_and_every_id_is_its_own() -> None:
    assert len({rule.provider for rule in DEFINITE}) >= 120
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_no_rule_can_be_made_slow_by_its_text() -> None:
    """A rule without a fixed beginning may start anywhere, so its search has to be bounded."""
    for rule in RULES:
        tree = shapes.parse(rule.shape)
        if not 0 < len(shapes.heads(tree)) <= MOST_HEADS:
            assert shapes.bounded(shapes.cut_tail(tree)), rule.id


def test_ids_hashes_signatures_and_code_are_no_secrets(redactor: Redactor) -> None:
    random = Random(11)
    lines = [clean_line(random) for _ in range(2000)]
    definite = [
        (finding.rule, line) for line in lines for finding in redactor.line(line).findings if finding.tier == "definite"
    ]
    assert definite == []


def test_a_clean_block_is_the_same_object(redactor: Redactor) -> None:
    random = Random(12)
    block = b"\n".join(clean_line(random) for _ in range(500)) + b"\n"
    assert redactor.block(block).data is block


@pytest.mark.parametrize(
    "text",
    [
        "sk-ant-api03-" + "EXAMPLE" + "-0000000000000000000000",
        "sk-" + "x" * 40,
        "ghp_" + "A1b2" * 2 + "..." + "C3d4" * 6,
        "https://user:password@host/",
        "https://user:${TOKEN}@host/",
        "https://user:<token>@host/",
        "https://git@host/",
        "Authorization: Bearer $TOKEN",
        "Authorization: Bearer {{ token }}",
        "password = changeme",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_a_placeholder_is_no_finding(text: str, strict: Redactor) -> None:
    assert strict.redact(text) == type(strict.redact(text))(text, ())
