"""Codex's limits: as its server, its rollouts and its /status page tell them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import (
    booleans,
    dictionaries,
    floats,
    integers,
    lists,
    none,
    one_of,
    recursive,
    sampled_from,
    text,
)

from codex_loop.clock import format_ms
from codex_loop.sources.codex import status_pane, status_rollout, status_snapshot
from codex_loop.sources.samples.event import NotSaid

NOW = 1_795_264_800_000  # 2026-11-21T12:40:00Z
SOON, LATER = NOW // 1000 + 3600, NOW // 1000 + 300_000


GARBAGE = recursive(
    one_of(none(), booleans(), integers(), floats(), text(max_size=5)),
    lambda inner: one_of(lists(inner, max_size=3), dictionaries(text(max_size=9), inner, max_size=3)),
)


def window(used: float, minutes: int | None, resets: int | None = SOON) -> dict[str, Any]:
    return {"usedPercent": used, "windowDurationMins": minutes, "resetsAt": resets}


def answer(**parts: Any) -> dict[str, Any]:
    limit = {"limitId": "codex", "primary": window(41, 300), "secondary": window(17, 10_080, LATER), "planType": "pro"}
    return {"rateLimits": {**limit, **parts}, "accountId": "acct-EXAMPLE"}


class TestServer:
    def test_its_windows_are_named_by_their_length(self) -> None:
        found = status_snapshot.answered(answer())
        assert {name: seen.used_percent for name, seen in found.windows.items()} == {
            "5h_limit": 41.0,
            "weekly_limit": 17.0,
        }
        assert (found.plan, found.account) == ("pro", "acct-EXAMPLE")
        assert found.windows["5h_limit"].resets_at == "2026-11-21T13:40:00.000Z"

    @pytest.mark.parametrize(
        ("minutes", "name"),
        [(299, "5h_limit"), (10_079, "weekly_limit"), (60, "60m"), (None, "primary"), (43_200, "43200m")],
    )
    def test_a_first_window_of_any_length_keeps_its_own_name(self, minutes: int | None, name: str) -> None:
        found = status_snapshot.answered(answer(primary=window(3, minutes), secondary=None))
        assert list(found.windows) == [name]

    def test_other_limits_stand_beside_ours(self) -> None:
        whole = answer()
        other = {"limitId": "codex_other", "primary": window(88, 10_080), "secondary": None}
        whole["rateLimitsByLimitId"] = {"codex": whole["rateLimits"], "codex_other": other}
        found = status_snapshot.answered(whole)
        assert list(found.windows) == ["5h_limit", "weekly_limit", "codex_other/weekly_limit"]
        assert found.windows["codex_other/weekly_limit"].limit_id == "codex_other"

    def test_a_use_that_is_not_said_is_unknown(self) -> None:
        found = status_snapshot.answered(answer(primary={**window(0, 300), "usedPercent": None}))
        assert found.windows["5h_limit"].used_percent is None

    @pytest.mark.parametrize("used", [-1, 1_795_249_112, float("nan"), "many", True])
    def test_a_use_that_cannot_be_is_unknown(self, used: Any) -> None:
        assert status_snapshot.answered(answer(primary=window(used, 300))).windows["5h_limit"].used_percent is None

    def test_more_than_all_is_believed_where_credits_go_on(self) -> None:
        credit = {"hasCredits": True, "unlimited": False, "balance": "12.5"}
        found = status_snapshot.answered(answer(primary=window(130, 300), credits=credit))
        assert (found.windows["5h_limit"].used_percent, found.credits) == (130.0, "12.5")

    @pytest.mark.parametrize("result", [None, {}, [], {"rateLimits": None}, {"rateLimits": {}}, "yes"])
    def test_an_answer_without_limits_is_no_answer(self, result: object) -> None:
        with pytest.raises(NotSaid):
            status_snapshot.answered(result)

    @given(GARBAGE)
    def test_garbage_is_refused_and_nothing_else(self, garbage: Any) -> None:
        for result in (garbage, {"rateLimits": garbage}, {"rateLimitsByLimitId": {"codex": garbage}}):
            with pytest.raises(NotSaid):
                status_snapshot.answered(result)

    @pytest.mark.parametrize(
        ("message", "reason", "final"),
        [
            ("chatgpt authentication required to read rate limits", "unavailable", True),
            ("codex account authentication required to read rate limits", "auth", True),
            ("failed to fetch: 401 Unauthorized", "auth", False),
            ("something else", "unavailable", False),
        ],
    )
    def test_a_refusal_says_what_to_do(self, message: str, reason: str, final: bool) -> None:
        refusal = status_snapshot.refused({"code": -32600, "message": message})
        assert (refusal.reason, refusal.final) == (reason, final)

    def test_the_account_is_the_one_that_is_routed_to(self) -> None:
        told = {"workspaceRouting": {"chatgptAccountId": "acct"}, "userId": "user", "account": {"email": "e"}}
        assert status_snapshot.account_of(told) == "acct"
        assert status_snapshot.account_of({**told, "workspaceRouting": None}) == "user"
        assert status_snapshot.account_of({"account": {"type": "apiKey"}}) is None


class TestRollouts:
    def write(self, home: Path, name: str, *records: tuple[int, dict[str, Any]], age_s: float = 0) -> Path:
        path = home / "sessions" / "2026" / "11" / "21" / f"rollout-2026-11-21T12-00-00-{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps({"timestamp": format_ms(at_ms), **record}) for at_ms, record in records]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.utime(path, (NOW / 1000 - age_s, NOW / 1000 - age_s))
        return path

    @staticmethod
    def meta() -> dict[str, Any]:
        return {"type": "session_meta", "payload": {"id": "x"}}

    @staticmethod
    def count(used: float, limit: str = "codex", resets: int = SOON) -> dict[str, Any]:
        told = {"used_percent": used, "window_minutes": 300, "resets_at": resets}
        limits = {"limit_id": limit, "primary": told, "secondary": None, "plan_type": None}
        return {"type": "event_msg", "payload": {"type": "token_count", "info": None, "rate_limits": limits}}

    def test_the_newest_telling_of_each_limit_counts(self, tmp_path: Path) -> None:
        meta, count = self.meta(), self.count
        self.write(tmp_path, "a", (NOW - 90_000, meta), (NOW - 60_000, count(10)), (NOW - 50_000, count(3, "other")))
        self.write(tmp_path, "b", (NOW - 90_000, meta), (NOW - 20_000, count(12.5)), (NOW - 10_000, {"type": "x"}))
        found = status_rollout.newest([tmp_path], NOW, 300_000)
        assert {name: seen.used_percent for name, seen in found.windows.items()} == {
            "5h_limit": 12.5,
            "other/5h_limit": 3,
        }
        assert found.observed_ms == NOW - 20_000

    def test_what_is_old_is_not_the_present(self, tmp_path: Path) -> None:
        self.write(tmp_path, "a", (NOW - 900_000, self.meta()), (NOW - 400_000, self.count(10)))
        with pytest.raises(NotSaid, match="5 minutes"):
            status_rollout.newest([tmp_path], NOW, 300_000)

    def test_a_copied_history_is_old_though_its_times_are_new(self, tmp_path: Path) -> None:
        copied = [(NOW - 9_000, self.meta()), (NOW - 9_000, self.meta()), (NOW - 8_500, self.count(99))]
        self.write(tmp_path, "fork", *copied)
        with pytest.raises(NotSaid):
            status_rollout.newest([tmp_path], NOW, 300_000)
        self.write(tmp_path, "fork", *copied, (NOW - 2_000, self.count(41)))
        assert status_rollout.newest([tmp_path], NOW, 300_000).windows["5h_limit"].used_percent == 41

    def test_a_torn_last_line_and_lines_of_others_are_passed_over(self, tmp_path: Path) -> None:
        path = self.write(tmp_path, "a", (NOW - 9_000, self.meta()), (NOW - 4_000, self.count(41)))
        with path.open("ab") as file:
            file.write(b'\xff\x00 "rate_limits"\n{"timestamp":"2026-11-21T12:39:59Z","payload":{"rate_limits":{"pri')
        os.utime(path, (NOW / 1000, NOW / 1000))
        assert status_rollout.newest([tmp_path], NOW, 300_000).windows["5h_limit"].used_percent == 41

    def test_only_the_end_of_a_huge_file_is_read(self, tmp_path: Path) -> None:
        path = self.write(tmp_path, "a", (NOW - 9_000, self.meta()), (NOW - 4_000, self.count(1)))
        told = json.dumps({"timestamp": format_ms(NOW - 3_000), **self.count(41)}).encode()
        with path.open("ab") as file:
            file.write(b"x" * (2 * status_rollout.TAIL) + b"\n" + told + b"\n")
        os.utime(path, (NOW / 1000, NOW / 1000))
        assert status_rollout.newest([tmp_path], NOW, 300_000).windows["5h_limit"].used_percent == 41

    def test_a_home_that_is_not_there_tells_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(NotSaid):
            status_rollout.newest([tmp_path / "none"], NOW, 300_000)

    def test_flat_limits_of_old_releases_are_read(self, tmp_path: Path) -> None:
        flat = {"primary_used_percent": 12.5, "primary_window_minutes": 299, "secondary_used_percent": 3.0}
        record = {"type": "event_msg", "payload": {"type": "token_count", "rate_limits": flat}}
        self.write(tmp_path, "a", (NOW - 9_000, self.meta()), (NOW - 4_000, record))
        found = status_rollout.newest([tmp_path], NOW, 300_000)
        assert {name: seen.used_percent for name, seen in found.windows.items()} == {"5h_limit": 12.5, "secondary": 3.0}


POINTER = "\u203a"
BARE = """\
  >_ OpenAI Codex (v0.169.0)
  Visit https://chatgpt.com/settings/usage for up-to-date
  information on rate limits and credits
  Account:             dev@example.com (Pro 200)
  Context window:      100% left (3.68K used / 258K)
  5h limit:            [████████████░░░░░░░░] {left}% left (resets 13:40)
  Weekly limit:        [█████████████████░░░] 83% left (resets 14:52 on 23 Nov)
  Credits:             13 credits
"""
FRAMED = """\
╭───────────────────────────────────────────────────────────────────────────╮
│  >_ OpenAI Codex (v0.92.0)                                                │
│  Account:        dev@example.com (Pro)                                    │
│  5h limit:       [████████████░░░░░░░░] {left}% left (resets 13:40)           │
│  Weekly limit:   [█████████████████░░░] 83% left (resets 14:52 on 23 Nov) │
│  Credits:        13 credits                                               │
╰───────────────────────────────────────────────────────────────────────────╯

"""


class TestPage:
    @pytest.fixture(autouse=True)
    def in_utc(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if hasattr(time, "tzset"):
            monkeypatch.setenv("TZ", "UTC")
            time.tzset()

    @given(left=integers(0, 100), page=sampled_from((BARE, FRAMED)))
    def test_what_is_left_is_turned_into_what_is_used(self, left: int, page: str) -> None:
        found = status_pane.limits(page.format(left=left), NOW)
        assert found is not None
        assert found.windows["5h_limit"].used_percent == 100 - left
        assert found.windows["weekly_limit"].used_percent == 17

    @pytest.mark.parametrize("page", [BARE, FRAMED])
    def test_resets_and_rounded_credits_are_read(self, page: str) -> None:
        found = status_pane.limits(page.format(left=59), NOW)
        assert found is not None
        assert found.windows["5h_limit"].resets_at == "2026-11-21T13:40:00.000Z"
        assert found.windows["weekly_limit"].resets_at == "2026-11-23T14:52:00.000Z"
        assert found.credits == "about 13"

    def test_of_several_pages_the_last_one_counts(self) -> None:
        found = status_pane.limits(BARE.format(left=59) + FRAMED.format(left=20), NOW)
        assert found is not None
        assert found.windows["5h_limit"].used_percent == 80

    def test_a_last_page_without_limits_is_not_filled_from_an_older_one(self) -> None:
        later = "  >_ OpenAI Codex (v0.169.0)\n  Limits:  data not available yet\n"
        assert status_pane.limits(BARE.format(left=59) + later, NOW) is None
        assert status_pane.why_not(later).reason == "unavailable"

    def test_a_limit_without_bar_or_reset_is_read(self) -> None:
        found = status_pane.limits(">_ OpenAI Codex (v1)\n Weekly limit: 40% left\n Daily limit: 7% used\n", NOW)
        assert found is not None
        assert {name: (seen.used_percent, seen.resets_at) for name, seen in found.windows.items()} == {
            "weekly_limit": (60.0, None),
            "1440m": (7.0, None),
        }

    def test_windows_below_another_limits_name_are_its_own(self) -> None:
        page = BARE.format(left=59) + "  codex-other limit:\n  5h limit: [██] 10% left (resets 13:40)\n"
        found = status_pane.limits(page, NOW)
        assert found is not None
        assert found.windows["codex-other/5h_limit"].used_percent == 90
        assert found.windows["5h_limit"].used_percent == 41

    @given(text(alphabet="5h% left(resets) 0123:limit\n│[]", max_size=120))
    def test_no_screen_is_too_strange(self, screen: str) -> None:
        found = status_pane.limits(screen, NOW)
        assert found is None or all((seen.used_percent or 0) >= 0 for seen in found.windows.values())
        status_pane.ready(screen)

    @pytest.mark.parametrize("screen", ["", "$ codex: command not found", "5h limit: unknown", "\x1b[2J" * 50])
    def test_garbage_tells_nothing(self, screen: str) -> None:
        assert status_pane.limits(screen, NOW) is None
        assert status_pane.why_not(screen).reason == "parse"

    @pytest.mark.parametrize(
        ("screen", "waits"),
        [
            ("", None),
            ("> Ask Codex to do anything\n", "prompt"),
            ("│ model:     loading   /model to change │\n\n> Improve it\n", None),
            ("Meet GPT-6\n\n> 1. Try new model\n  2. Use existing model\n", "which model to use"),
            ("Do you trust this folder?\n> 1. Yes\n  2. No\n", "whether to trust a folder"),
            ("> 1. Sign in with ChatGPT\n", "a login"),
            ("Update available!\n> 1. Update now\n", "an update"),
            ("Pick one\n> 1. This\n", "a question"),
        ],
    )
    def test_a_question_to_the_user_is_not_a_prompt(self, screen: str, waits: str | None) -> None:
        assert status_pane.ready(screen.replace("> ", f"{POINTER} ")) == waits
