"""Claude Code's limits: as its control request, its status line and its /usage tell them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, integers, lists, none, one_of, recursive, text

from codex_loop.sources.claude import usage_control, usage_text
from codex_loop.sources.samples.event import NotSaid

NOW = 1_795_264_800_000  # 2026-11-21T12:40:00Z
RESET = "2026-11-21T16:59:59.943648+00:00"


def answer(**limits: Any) -> dict[str, Any]:
    return {"subscription_type": "max", "rate_limits_available": True, "rate_limits": limits}


class TestControl:
    def test_windows_get_our_names_and_lengths(self) -> None:
        told = {"utilization": 42, "resets_at": RESET}
        slots = ("five_hour", "seven_day", "seven_day_opus", "seven_day_sonnet", "seven_day_oauth_apps")
        found = usage_control.answered(answer(**dict.fromkeys(slots, told)))
        assert {name: seen.window_minutes for name, seen in found.windows.items()} == {
            "session": 300,
            "weekly_all": 10_080,
            "weekly_opus": 10_080,
            "weekly_sonnet": 10_080,
            "seven_day_oauth_apps": 10_080,
        }
        assert found.windows["session"].used_percent == 42
        assert found.windows["session"].resets_at == "2026-11-21T16:59:59.943Z"
        assert found.plan == "max"

    def test_a_window_that_was_never_begun_is_unknown_not_zero(self) -> None:
        found = usage_control.answered(
            answer(five_hour={"utilization": 0, "resets_at": None}, seven_day={"utilization": 0, "resets_at": RESET})
        )
        assert found.windows["session"].used_percent is None
        assert found.windows["weekly_all"].used_percent == 0

    def test_a_window_that_is_null_is_not_there(self) -> None:
        found = usage_control.answered(answer(five_hour={"utilization": 1, "resets_at": RESET}, seven_day=None))
        assert list(found.windows) == ["session"]

    @pytest.mark.parametrize("used", [-3, 1_795_249_112, "much", None])
    def test_a_use_that_cannot_be_is_unknown(self, used: Any) -> None:
        found = usage_control.answered(answer(five_hour={"utilization": used, "resets_at": RESET}))
        assert found.windows["session"].used_percent is None

    def test_limits_of_one_model_and_money_are_told(self) -> None:
        scoped = [{"display_name": "Fable", "utilization": 7, "resets_at": RESET}, {"utilization": 3}, None]
        extra = {"is_enabled": True, "monthly_limit": 50, "used_credits": 12, "utilization": 24}
        found = usage_control.answered(answer(model_scoped=scoped, extra_usage=extra))
        assert {name: seen.used_percent for name, seen in found.windows.items()} == {"model_fable": 7}
        assert found.windows["model_fable"].window_minutes is None
        assert found.credits == "12 of 50 used"

    def test_an_api_key_is_not_available_and_that_is_final(self) -> None:
        with pytest.raises(NotSaid, match="API key") as refusal:
            usage_control.answered({"subscription_type": None, "rate_limits_available": False, "rate_limits": None})
        assert (refusal.value.reason, refusal.value.final) == ("unavailable", True)

    def test_limits_that_were_not_asked_for_say_why(self) -> None:
        with pytest.raises(NotSaid, match="NONESSENTIAL") as refusal:
            usage_control.answered({"rate_limits_available": True, "rate_limits": None})
        assert not refusal.value.final

    def test_a_status_line_tells_the_same_windows(self) -> None:
        found = usage_control.told(
            {"five_hour": {"used_percentage": 28.999999999999996, "resets_at": 1_795_270_000}}, 5
        )
        assert found.windows["session"].used_percent == pytest.approx(29)
        assert found.windows["session"].resets_at == "2026-11-21T14:06:40.000Z"
        assert found.observed_ms == 5

    @given(
        recursive(
            one_of(none(), integers(), text(max_size=5)),
            lambda inner: one_of(lists(inner, max_size=3), dictionaries(text(max_size=9), inner, max_size=3)),
        )
    )
    def test_garbage_is_refused_and_nothing_else(self, garbage: Any) -> None:
        with pytest.raises(NotSaid):
            usage_control.answered(garbage)
        with pytest.raises(NotSaid):
            usage_control.answered({"rate_limits_available": True, "rate_limits": garbage})


PRINTED = """\
You are currently using your subscription to power your Claude Code usage

Current session: 42% used · resets Nov 21, 4:59pm (UTC)
Current week (all models): 17% used · resets Nov 26, 3:59am (UTC)
Current week (Sonnet only): 5% used · resets Nov 26, 3:59am (UTC)
"""
PAGE = """\
  Session
  Total cost:            $0.0117
  Current session
  █████████████████████                              42% used
  Resets 4:59pm (UTC)

  Current week (all models)
  ████████▌                                          17% used
  Resets Nov 26, 3:59am (UTC)

  Current week (Sonnet only)
  ██▌                                                5% used
  Resets Nov 26, 3:59am (UTC)

  Usage credits
  █████                                              99% used
  Resets Dec 1 (UTC)
"""


class TestText:
    @pytest.mark.parametrize("told", [PRINTED, PAGE, "│ " + PAGE.replace("\n", "   │\n│ ")])
    def test_printed_and_drawn_say_the_same(self, told: str) -> None:
        found = usage_text.limits(told, NOW)
        assert found is not None
        assert {name: (seen.used_percent, seen.resets_at) for name, seen in found.windows.items()} == {
            "session": (42.0, "2026-11-21T16:59:00.000Z"),
            "weekly_all": (17.0, "2026-11-26T03:59:00.000Z"),
            "weekly_sonnet": (5.0, "2026-11-26T03:59:00.000Z"),
        }

    def test_of_several_pages_the_last_one_counts(self) -> None:
        found = usage_text.limits(PAGE + PAGE.replace("42%", "55%"), NOW)
        assert found is not None
        assert found.windows["session"].used_percent == 55

    def test_opus_and_models_to_come_have_their_own_weeks(self) -> None:
        found = usage_text.limits(PRINTED.replace("Sonnet only", "Opus") + "Current week (Big Model): 3% used", NOW)
        assert found is not None
        assert found.windows["weekly_opus"].used_percent == 5
        assert found.windows["weekly_big_model"].used_percent == 3

    @given(left=integers(0, 100))
    def test_what_is_left_is_turned_into_what_is_used(self, left: int) -> None:
        found = usage_text.limits(f"Current session\n  {left}% left\n  Resets 5pm (UTC)\n", NOW)
        assert found is not None
        assert found.windows["session"].used_percent == 100 - left

    def test_a_title_without_numbers_is_no_window(self) -> None:
        assert usage_text.limits("Current session\nLoading usage data\n  42% used\n", NOW) is None

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ("Total cost:            $0.0000\nTotal duration (API):  0s\n", "unavailable"),
            ("Please run /login", "auth"),
            ("\x00\x01 nothing", "parse"),
        ],
    )
    def test_text_without_limits_says_why(self, said: str, reason: str) -> None:
        assert usage_text.limits(said, NOW) is None
        assert usage_text.why_not(said).reason == reason

    @pytest.mark.parametrize(
        ("screen", "waits"),
        [
            ("", None),
            ("Welcome back\n\u276f \n? for shortcuts", "prompt"),
            ("│ > Try something │", "prompt"),
            ("Do you trust the files in this folder?\n\u276f 1. Yes, proceed\n  2. No", "whether to trust a folder"),
            ("Select login method:\n \u276f 1. Claude account", "a login"),
            ("Try the new fullscreen renderer?\n \u276f 1. Yes", "how it shall look"),
        ],
    )
    def test_a_question_to_the_user_is_not_a_prompt(self, screen: str, waits: str | None) -> None:
        assert usage_text.ready(screen) == waits
