"""The parts of ChatGPT's backend that Codex asks when a person is logged in: accounts and limits."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.openai_responses import OpenAIResponses
from tests.fakes.scenario import Step
from tests.fakes.server import Exchange, Loopback

ACCOUNT = "acct-EXAMPLE"
CONFIG = """\
model = "{model}"
approval_policy = "on-request"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
cli_auth_credentials_store = "file"
chatgpt_base_url = "{url}/backend-api"
openai_base_url = "{url}/v1"
[features]
apps = false
plugins = false
[analytics]
enabled = false
[projects."{project}"]
trust_level = "trusted"
[notice]
"hide_gpt-5.1-codex-max_migration_prompt" = true
[notice.model_migrations]
"{model}" = "{newer}"
"""


@dataclass
class ChatGPT:
    """Answers what a logged-in Codex asks; the limits are what the test says they are."""

    origin: str = "https://localhost:9"
    """Where the account's workspace is said to live: Codex accepts TLS only."""
    used: tuple[float, float] = (41, 17)
    resets_at: tuple[int, int] = field(default_factory=lambda: (int(time.time()) + 3600, int(time.time()) + 200_000))
    asked: list[str] = field(default_factory=list)
    responses: OpenAIResponses = field(default_factory=lambda: OpenAIResponses({"hello": [Step(text="Hello.")]}))

    def serve(self) -> Loopback:
        return Loopback(self)

    def answer(self, exchange: Exchange) -> None:
        self.asked.append(f"{exchange.method} {exchange.path}")
        known: dict[str, Mapping[str, object]] = {
            "/accounts/check": self._accounts(),
            "/wham/usage": self._usage(),
            "/rate-limit-reset-credits": {"credits": [], "available_count": 0},
            "/v1/models": {"models": []},
        }
        found = next((reply for end, reply in known.items() if exchange.path.endswith(end)), None)
        if found is not None:
            exchange.reply(200, found)
        elif exchange.path.endswith("/responses"):
            self.responses.answer(exchange)
        else:
            exchange.reply(404, {"detail": "not here"})

    def _accounts(self) -> Mapping[str, object]:
        account = {
            "id": ACCOUNT,
            "account_id": ACCOUNT,
            "name": None,
            "structure": "personal",
            "plan_type": "pro",
            "workspace_backend_origin": self.origin,
            "account_routing_override": "us",
        }
        return {"accounts": [account], "default_account_id": ACCOUNT, "account_ordering": [ACCOUNT]}

    def _usage(self) -> Mapping[str, object]:
        lengths = (18_000, 604_800)
        primary, secondary = (
            {
                "used_percent": used,
                "limit_window_seconds": length,
                "reset_after_seconds": max(0, at - int(time.time())),
                "reset_at": at,
            }
            for used, at, length in zip(self.used, self.resets_at, lengths, strict=True)
        )
        return {
            "user_id": "user-EXAMPLE",
            "account_id": ACCOUNT,
            "email": "dev@example.com",
            "plan_type": "pro",
            "rate_limit": {
                "allowed": True,
                "limit_reached": False,
                "primary_window": primary,
                "secondary_window": secondary,
            },
            "credits": {"has_credits": True, "unlimited": False, "balance": "12.5"},
            "additional_rate_limits": None,
        }


def log_in(home: Path, url: str, *, model: str, newer: str, project: Path) -> None:
    """Leave in a Codex home what a login leaves, and a "no" to a `newer` model, for a backend at `url`."""
    home.mkdir(parents=True, exist_ok=True)
    config = CONFIG.format(url=url, model=model, project=project.as_posix(), newer=newer)
    (home / "config.toml").write_text(config, encoding="utf-8")
    now = int(time.time())
    about = {"chatgpt_plan_type": "pro", "chatgpt_user_id": "user-EXAMPLE", "user_id": "user-EXAMPLE"}
    claims = {
        "email": "dev@example.com",
        "iat": now,
        "exp": now + 864_000,
        "https://api.openai.com/auth": {**about, "chatgpt_account_id": ACCOUNT},
    }
    token = ".".join([_part({"alg": "none", "typ": "JWT"}), _part(claims), _part({"unsigned": True})])
    tokens = {"id_token": token, "access_token": token, "refresh_token": "rt-EXAMPLE", "account_id": ACCOUNT}
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    login = {"auth_mode": "chatgpt", "OPENAI_API_KEY": None, "tokens": tokens, "last_refresh": stamp}
    (home / "auth.json").write_text(json.dumps(login), encoding="utf-8")


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
