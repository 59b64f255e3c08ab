"""A mock of GitHub's GraphQL, as far as `gh issue` asks it: one repository and its issues."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.fakes.server import Exchange, Loopback

HOST = "github.localhost"
"""The one host that gh speaks to without encryption."""
CLOSED_AT = "2026-11-25T10:00:00Z"


class GitHub:
    """Answers at `http://api.github.localhost/graphql`, which gh reaches when this server is its proxy."""

    def __init__(self) -> None:
        self.issues: dict[int, dict[str, Any]] = {}
        self.asked: list[str] = []
        """The operations, in order."""

    def serve(self) -> Loopback:
        return Loopback(self)

    def answer(self, exchange: Exchange) -> None:
        body = json.loads(exchange.body or b"{}")
        found = re.search(r"(?:query|mutation) (\w+)", body.get("query", ""))
        name = found.group(1) if found else ""
        self.asked.append(name)
        data = self._data(name, body.get("variables") or {})
        known = {"data": data} if data is not None else {"errors": [{"message": f"the mock does not know {name}"}]}
        exchange.reply(200, known)

    def _data(self, name: str, variables: dict[str, Any]) -> dict[str, Any] | None:
        told = variables.get("input") or {}
        data: dict[str, Any] | None = None
        match name:
            case "RepositoryInfo":
                repository = {"id": "R_1", "name": "webshop", "owner": {"login": "acme"}, "hasIssuesEnabled": True}
                data = {"repository": {**repository, "viewerPermission": "WRITE", "parent": None}}
            case "IssueCreate":
                data = {"createIssue": {"issue": self._opened(told)}}
            case "IssueByNumber":
                data = {"repository": {"hasIssuesEnabled": True, "issue": self.issues.get(variables["number"])}}
            case "IssueUpdate":
                self._of(told["id"]).update({each: told[each] for each in ("title", "body") if each in told})
                data = {"updateIssue": {"__typename": ""}}
            case "IssueReopen":
                self._of(told["issueId"]).update(state="OPEN", closedAt=None)
                data = {"reopenIssue": {"issue": {"id": told["issueId"]}}}
            case "IssueClose":
                self._of(told["issueId"]).update(state="CLOSED", closedAt=CLOSED_AT)
                data = {"closeIssue": {"issue": {"id": told["issueId"]}}}
        return data

    def _opened(self, told: dict[str, Any]) -> dict[str, Any]:
        number = len(self.issues) + 7
        self.issues[number] = {
            "__typename": "Issue",
            "id": f"I_{number}",
            "number": number,
            "url": f"https://{HOST}/acme/webshop/issues/{number}",
            "title": told["title"],
            "body": told["body"],
            "state": "OPEN",
            "closedAt": None,
        }
        return self.issues[number]

    def _of(self, identity: str) -> dict[str, Any]:
        return next(each for each in self.issues.values() if each["id"] == identity)
