"""A ticket says what the store knows of a problem, nothing more, and nothing that must not leave the machine."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from codex_loop.errors import UsageError
from codex_loop.report import filing
from codex_loop.report.ticket_text import linear, markdown
from codex_loop.report.tickets import Ticket, ticket
from codex_loop.store import tickets as store
from codex_loop.store.clusters import cluster_id
from codex_loop.usage.prices import Band, Model, Price, PriceTable, Rates
from tests.report.told import CLUSTER, DAY, NOW, grouped, proven, ran, row_of, sessions, troubled
from tests.store.builder import MINUTE, Builder

DAYS = (20.0, 19.0, 13.0, 6.0, 5.0, 4.0, 3.0)
SECRET = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"[:36]
PRICES = PriceTable(
    source="made",
    version="1",
    mark="1",
    models=(Model("gpt-5.2", "openai", (Price(None, (Band(-1, Rates(2_000_000, 500_000, 0, 0, 8_000_000)),)),)),),
    names={"gpt-5.2": 0},
)


@pytest.fixture
def builder(place: str) -> Iterator[Builder]:
    made = Builder(place)
    yield made
    made.close()


def made(builder: Builder, now_ms: int = NOW) -> Ticket:
    return ticket(builder.database, row_of(builder.database), PRICES, now_ms)


def test_frequency_places_and_times_are_those_of_the_signals(builder: Builder) -> None:
    sessions(builder, DAYS)
    troubled(builder, DAYS)
    found = made(builder)
    assert (found.signals, found.sessions, found.projects) == (7, 7, ("tools", "webshop"))
    assert (found.agents, found.models, found.category) == (("codex 0.169.0",), ("gpt-5.2",), "exec_failure")
    assert (found.trend.first_seen or "")[:10] == "2026-11-05"
    assert (found.trend.last_seen or "")[:10] == "2026-11-22"
    assert found.trend.weeks == (2, 1, 4)
    assert found.state == "open"


def test_a_trend_is_told_for_each_session_at_work(builder: Builder) -> None:
    sessions(builder, DAYS)
    troubled(builder, DAYS)
    trend = made(builder).trend
    assert (trend.first_half, trend.first_half_sessions) == (3, 3)
    assert (trend.second_half, trend.second_half_sessions) == (4, 4)
    assert trend.direction == "steady"
    sessions(builder, [day + 0.3 for day in (20.0, 19.5, 18.5, 14.0)])
    assert made(builder).trend.direction == "growing"


def test_time_tokens_and_money_of_overlapping_moments_count_once(builder: Builder) -> None:
    (home, other) = sessions(builder, (3.0, 4.0))
    numbers = troubled(builder, (3.0, 4.0, 3.0))
    assert len(numbers) == 3
    cost = made(builder).cost
    assert cost.time_ms == 2 * MINUTE
    assert cost.tokens == 2000
    assert cost.microusd == 2 * (700 * 2 + 200 // 2 + 100 * 8)
    assert (cost.unpriced_tokens, cost.measured, cost.signals) == (0, 3, 3)
    assert home != other


def test_a_price_that_nobody_knows_is_unknown_and_not_nothing(builder: Builder) -> None:
    sessions(builder, (3.0, 4.0, 5.0), model="secret-model")
    troubled(builder, (3.0, 4.0, 5.0))
    found = made(builder)
    assert (found.cost.microusd, found.cost.unpriced_tokens) == (None, 3000)
    assert "| At public prices | unknown |" in markdown(found)


def test_evidence_points_at_sessions_and_signals(builder: Builder) -> None:
    sessions(builder, DAYS)
    numbers = troubled(builder, DAYS)
    found = made(builder)
    assert len(found.evidence) == 5
    assert {each.signal_id for each in found.evidence} <= {f"sig_{number:016x}" for number in numbers}
    assert len({each.session_id for each in found.evidence}) == 5
    for each in found.evidence:
        assert each.show == f"codex-loop show {(each.session_id or '').partition(':')[2]}"
        assert each.explain == f"codex-loop signals explain {each.signal_id}"


def test_secrets_homes_and_accounts_never_stand_in_a_ticket(builder: Builder) -> None:
    sessions(builder, DAYS)
    troubled(builder, DAYS, text=f"curl https://ann:{SECRET}@git.example.com failed in /home/ann/shop with {SECRET}")
    found = made(builder)
    for text in (markdown(found), linear(found), msgspec.json.encode(found).decode()):
        assert SECRET not in text
        assert "/home/ann" not in text
        assert "ann:" not in text


def test_what_somebody_said_is_pointed_at_and_not_told(builder: Builder) -> None:
    sessions(builder, DAYS)
    said = '[{"record":"prompt","key":1,"source":1,"offset":0}]'
    troubled(builder, DAYS, text="no, Ann, that is wrong again", evidence=said)
    found = made(builder)
    assert [each.excerpt for each in found.evidence] == [None] * 5
    assert found.example is None
    assert all(each.show for each in found.evidence)
    assert "Ann" not in markdown(found) + linear(found)


def test_the_most_frequent_detector_s_moments_are_shown_first(builder: Builder) -> None:
    sessions(builder, DAYS)
    numbers = troubled(builder, DAYS[:5])
    worse = troubled(builder, DAYS[5:], severity=0.95, text="other", category="timeout", cluster=CLUSTER + 500)
    grouped(builder.database, [*numbers, *worse])
    builder.database.execute("UPDATE signals SET detector = category")
    assert {each.excerpt for each in made(builder).evidence} == {"npm error ERESOLVE of carousel"}


def test_text_of_others_is_no_markup(builder: Builder) -> None:
    sessions(builder, DAYS)
    troubled(builder, DAYS, text="<img src=x> | [click](http://x) # `a` \x1b[2J -->")
    told = markdown(made(builder))
    assert "<img" not in told.replace("\\<img", "")
    assert "[click]" not in told.replace("\\[click", "")
    assert "\x1b" not in told
    assert told.count("-->") == 1


def test_without_a_proven_task_the_ticket_says_how_to_make_one(builder: Builder) -> None:
    sessions(builder, DAYS)
    troubled(builder, DAYS)
    proven(builder, state="unverified")
    found = made(builder)
    assert (found.proven.dataset, found.proven.tasks, found.proven.left_out) == (None, 0, {"unverified": 1})
    assert f"codex-loop distill --cluster-id {cluster_id(CLUSTER)}" in markdown(found)
    assert "Check out the tree of" in found.reproduction[0]
    assert "at commit 0123456789ab" in found.reproduction[0]


def test_a_proven_dataset_is_named_with_its_digest_command_and_last_run(builder: Builder) -> None:
    sessions(builder, DAYS)
    troubled(builder, DAYS)
    proven(builder)
    ran(builder, "check", "oracle", 1.0, started_ms=NOW + DAY)
    ran(builder, "first", "codex", 0.25, verdict="regression")
    found = made(builder)
    assert (found.proven.dataset, found.proven.digest, found.proven.tasks) == ("shop_001", "sha256:dd", 1)
    assert found.proven.command == "codex-loop measure --dataset shop_001 --agent codex --model gpt-5.2"
    assert found.proven.last_run is not None
    assert (found.proven.last_run.name, found.proven.last_run.verdict) == ("first", "regression")
    text = markdown(found)
    assert "mean reward 0.25, 7 of 8 trials valid, verdict regression" in text
    assert "1. `codex-loop measure --dataset shop_001" in text


def test_a_problem_is_quiet_only_when_sessions_went_on_without_it(builder: Builder) -> None:
    sessions(builder, DAYS)
    troubled(builder, DAYS)
    later = NOW + 15 * DAY
    assert made(builder, later).state == "open"
    sessions(builder, [-2.0])
    assert made(builder, later).state == "quiet"
    assert "quiet: in no session since it was seen last" in markdown(made(builder, later))


def kept(builder: Builder, now_ms: int) -> str:
    return filing.file(builder.database, made(builder, now_ms), CLUSTER, now_ms)


def test_one_problem_has_one_ticket_that_goes_quiet_and_comes_back(builder: Builder) -> None:
    sessions(builder, DAYS)
    troubled(builder, DAYS)
    assert [kept(builder, NOW), kept(builder, NOW + DAY)] == ["new", "unchanged"]
    later = NOW + 15 * DAY
    sessions(builder, [-2.0, -14.9])
    assert [kept(builder, later), kept(builder, later + DAY)] == ["quiet", "unchanged"]
    troubled(builder, (*DAYS, -14.9))
    assert [kept(builder, later), kept(builder, later + DAY)] == ["reopened", "unchanged"]
    (row,) = store.every(builder.database)
    assert (row.state, row.created_ms, row.updated_ms) == ("reopened", NOW, later)


def test_a_ticket_does_not_depend_on_when_it_is_made(builder: Builder) -> None:
    sessions(builder, DAYS)
    troubled(builder, DAYS, severity=0.9)
    assert made(builder, NOW) == made(builder, NOW + 3 * DAY)


def test_few_sessions_and_a_single_project_are_told_to_nobody(builder: Builder) -> None:
    sessions(builder, DAYS)
    troubled(builder, DAYS[:2])
    with pytest.raises(UsageError, match="was seen in 2 sessions; a ticket needs 3"):
        filing.refuse_small(made(builder), shared=False)
    troubled(builder, DAYS[:3])
    filing.refuse_small(made(builder), shared=False)
    with pytest.raises(UsageError, match="needs 5"):
        filing.refuse_small(made(builder), shared=True)
    troubled(builder, DAYS)
    filing.refuse_small(made(builder), shared=True)
    alone = msgspec.structs.replace(made(builder), projects=("webshop",))
    with pytest.raises(UsageError, match="1 project; to be sent"):
        filing.refuse_small(alone, shared=True)


def test_an_approved_category_gives_its_name_to_the_ticket(builder: Builder) -> None:
    sessions(builder, DAYS)
    numbers = troubled(builder, DAYS)
    grouped(builder.database, numbers, category="peer_conflict")
    found = made(builder)
    assert (found.category, found.title) == ("peer_conflict", "peer_conflict: carousel, peer")
    assert found.labels == ("codex-loop", "friction", "peer_conflict", "P4")
    assert linear(found).splitlines()[:3] == [
        "Title: peer_conflict: carousel, peer",
        "Priority: 4 (low)",
        "Labels: codex-loop, friction, peer_conflict, P4",
    ]
