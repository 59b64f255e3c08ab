"""The twelve places where people leave secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _json_in_json(secret: str) -> str:
    return json.dumps({"arguments": json.dumps({"command": ["bash", "-lc", f"echo '{secret}'\ncurl x"]})})


CONTEXTS: Mapping[str, Callable[[str], str]] = {
    "bare": lambda s: s,
    "env assignment": lambda s: f"export MY_KEY={s}\n",
    "json": lambda s: json.dumps({"key": s, "n": 1}),
    "json in a json string": _json_in_json,
    "yaml": lambda s: f"service:\n  key: {s}\n  other: 1\n",
    "url query": lambda s: f"GET https://api.internal/v1/items?key={s}&page=2",
    "header": lambda s: f"X-Custom: {s}\r\nAccept: */*\r\n",
    "markdown code": lambda s: f"Use `{s}` for this.",
    "function call": lambda s: f'client = Client("{s}", timeout=3)',
    "comma": lambda s: f"we use {s}, and then go on",
    "own line": lambda s: f"the key is\n{s}\nand that is all",
    "shell flag": lambda s: f"tool --key={s} --verbose",
}
