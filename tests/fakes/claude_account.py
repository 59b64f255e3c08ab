"""The parts of Anthropic's API that Claude Code asks when a subscriber is logged in: profile and limits."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.fakes.anthropic_messages import AnthropicMessages
from tests.fakes.certificates import Authority
from tests.fakes.scenario import Step
from tests.fakes.server import Exchange, Loopback

HOST = "api.anthropic.com"
ACCOUNT = "11111111-2222-4333-8444-555555555555"


@dataclass
class ClaudeAccount:
    """Answers what a logged-in Claude Code asks; the limits are what the test says they are."""

    limits: Mapping[str, object]
    asked: list[str] = field(default_factory=list)
    messages: AnthropicMessages = field(default_factory=lambda: AnthropicMessages({"hello": [Step(text="Hello.")]}))

    def serve(self, authority: Authority) -> Loopback:
        return Loopback(self, authority.context())

    def answer(self, exchange: Exchange) -> None:
        self.asked.append(f"{exchange.method} {exchange.path}")
        if exchange.path == "/api/oauth/usage":
            exchange.reply(200, self.limits)
        elif exchange.path == "/api/oauth/profile":
            exchange.reply(200, _PROFILE)
        elif exchange.path.startswith("/v1/messages"):
            self.messages.answer(exchange)
        else:
            exchange.reply(404, {"type": "error", "error": {"type": "not_found_error", "message": "not here"}})


def limits_at(five_hour_s: int, seven_day_s: int) -> dict[str, object]:
    """42 %, 17 %, an Opus week that was never begun, and a Sonnet week."""
    return {
        "five_hour": {"utilization": 42, "resets_at": iso(five_hour_s)},
        "seven_day": {"utilization": 17, "resets_at": iso(seven_day_s)},
        "seven_day_oauth_apps": None,
        "seven_day_opus": {"utilization": 0, "resets_at": None},
        "seven_day_sonnet": {"utilization": 5, "resets_at": iso(seven_day_s)},
        "extra_usage": {"is_enabled": False, "monthly_limit": None, "used_credits": None, "utilization": None},
    }


def iso(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).replace(microsecond=943_648).isoformat()


def log_in(home: Path, version: str, *folders: Path) -> None:
    """Leave in a Claude Code home what a subscriber's login and a first start in these folders leave."""
    home.mkdir(parents=True, exist_ok=True)
    far = (int(time.time()) + 864_000) * 1000
    login = {
        "accessToken": "sk-ant-oat01-EXAMPLE",
        "refreshToken": "sk-ant-ort01-EXAMPLE",
        "expiresAt": far,
        "refreshTokenExpiresAt": far,
        "scopes": ["user:inference", "user:profile", "user:sessions:claude_code"],
        "subscriptionType": "max",
        "rateLimitTier": "default_claude_max_5x",
    }
    credentials = home / ".credentials.json"
    credentials.write_text(json.dumps({"claudeAiOauth": login}), encoding="utf-8")
    credentials.chmod(0o600)
    known = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True, "allowedTools": []}
    state = {
        "hasCompletedOnboarding": True,
        "lastOnboardingVersion": version,
        "projects": {folder.as_posix(): known for folder in folders},
    }
    (home / ".claude.json").write_text(json.dumps(state), encoding="utf-8")


_PROFILE: Mapping[str, object] = {
    "account": {
        "uuid": ACCOUNT,
        "email": "mock@example.invalid",
        "display_name": "Mock",
        "full_name": "Mock User",
        "has_claude_max": True,
        "has_claude_pro": False,
        "created_at": "2026-01-05T10:00:00Z",
    },
    "organization": {
        "uuid": "66666666-2222-4333-8444-555555555555",
        "name": "MockOrg",
        "organization_type": "claude_max",
        "rate_limit_tier": "default_claude_max_5x",
        "has_extra_usage_enabled": False,
        "billing_type": "stripe_subscription",
    },
}
