"""Sessions as a list: who, where, when, how many turns, tools and tokens.

Numbers of a session are its own. What its subagents did is said beside it (`subagents`, `family_tokens`), so that
adding up a list never counts anything twice.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from codex_loop.clock import format_ms
from codex_loop.store import ledger
from codex_loop.store.engine import Database, Row
from codex_loop.store.ledger import Tokens, chunks, marks
from codex_loop.store.places import Family, Place

FAILURES = ("failed", "timeout")
"""Statuses of a tool call that count as a failure; a declined or interrupted call is not one."""
_LAST_NAME = re.compile(r"[^/\\:]+(?=[/\\]*$)")
_ADDRESS = re.compile(r"(?:[a-z+]+://[^/]*/|[^/:]*@[^/:]*:|/)?(?P<path>.+?)(?:\.git)?/*", re.IGNORECASE)


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session. None is unknown: turns, tool calls and their like are None until the full lane has read it."""

    id: str
    """`<agent>:<native_id>`, accepted by every command, like any unambiguous beginning of the native id."""
    short_id: str
    agent: str
    native_id: str
    lineage: str
    """main, subagent, sidechain, or unknown."""
    parent_id: str | None
    root_id: str | None
    forked_from: str | None
    started_at: str | None
    """UTC, like `2026-11-21T09:06:42.123Z`, as every time here."""
    ended_at: str | None
    """The last thing known of it; a session that still runs has one too."""
    cwd: str | None
    repo: str | None
    git_branch: str | None
    git_commit: str | None
    git_url: str | None
    model: str | None
    provider: str | None
    agent_version: str | None
    originator: str | None
    entrypoint: str | None
    host: str | None
    nickname: str | None
    role: str | None
    title: str | None
    first_prompt: str | None
    prompts: int | None
    turns: int | None
    tool_calls: int | None
    failures: int | None
    approval_policies: tuple[str, ...]
    sandbox_policies: tuple[str, ...]
    tokens: Tokens | None
    subagents: int
    family_tokens: Tokens | None
    """Its own tokens and those of all its subagents."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions are asked for; what is None does not matter."""

    agent: str | None = None
    repo: str | None = None
    """Part of the folder or of the repository's address, capitals or not."""
    model: str | None = None
    since_ms: int | None = None
    """Active at or after this."""
    until_ms: int | None = None
    """Began before this."""
    keys: frozenset[int] | None = None
    """Only these, or sessions whose subagents these are: what a search found."""
    title: str | None = None
    """Together with `keys`: also sessions whose title contains this."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, the latest first, and how many matched beyond those shown."""

    sessions: tuple[Session, ...]
    matched: int
    """How many sessions matched, shown or not."""
    hidden_subagents: int
    """Sessions of subagents that matched and are only counted in `subagents` of the session that started them."""


_COLUMNS = (
    "key, agent, native_id, lineage, parent_id, root_id, forked_from, started_ms, ended_ms, cwd, model, provider,"
    " agent_version, originator, entrypoint, git_branch, git_commit, git_url, title, nickname, role, host"
)


class _Facts(msgspec.Struct, frozen=True):
    """A row of `sessions`, in the order of `_COLUMNS`."""

    key: int
    agent: str
    native_id: str
    lineage: str | None
    parent_id: str | None
    root_id: str | None
    forked_from: str | None
    started_ms: int | None
    ended_ms: int | None
    cwd: str | None
    model: str | None
    provider: str | None
    agent_version: str | None
    originator: str | None
    entrypoint: str | None
    git_branch: str | None
    git_commit: str | None
    git_url: str | None
    title: str | None
    nickname: str | None
    role: str | None
    host: str | None

    @property
    def is_child(self) -> bool:
        return self.lineage in ("subagent", "sidechain") or (self.lineage is None and self.parent_id is not None)


def listed(database: Database, wanted: Wanted, *, limit: int | None = None, with_subagents: bool = False) -> Listed:
    """The sessions that match, the latest first."""
    family = Family(database)
    matching = [facts for facts in _matching(database, wanted) if _is_among(facts, wanted, family)]
    children = [facts for facts in matching if facts.is_child and facts.key in family.root_of]
    if not with_subagents:
        hidden = {facts.key for facts in children}
        matching = [facts for facts in matching if facts.key not in hidden]
    shown = matching if limit is None else matching[:limit]
    return Listed(
        sessions=tuple(_told(database, shown, family)),
        matched=len(matching),
        hidden_subagents=0 if with_subagents else len(children),
    )


def one(database: Database, place: Place) -> Session:
    """Everything known of one session."""
    facts = _Facts(*database.rows(f"SELECT {_COLUMNS} FROM sessions WHERE key = ?", (place.key,))[0])
    return _told(database, [facts], Family(database))[0]


def _matching(database: Database, wanted: Wanted) -> list[_Facts]:
    tests: list[tuple[str, list[object]]] = []
    if wanted.agent is not None:
        tests.append(("agent = ?", [wanted.agent]))
    if wanted.model is not None:
        tests.append(("lower(model) LIKE ? ESCAPE '!'", [_part(wanted.model)]))
    if wanted.repo is not None:
        tests.append(("(lower(cwd) LIKE ? ESCAPE '!' OR lower(git_url) LIKE ? ESCAPE '!')", [_part(wanted.repo)] * 2))
    if wanted.since_ms is not None:
        tests.append(("coalesce(ended_ms, started_ms) >= ?", [wanted.since_ms]))
    if wanted.until_ms is not None:
        tests.append(("coalesce(started_ms, ended_ms) < ?", [wanted.until_ms]))
    where = " WHERE " + " AND ".join(test for test, _ in tests) if tests else ""
    order = " ORDER BY coalesce(ended_ms, started_ms, 0) DESC, key"
    values = [value for _, given in tests for value in given]
    return [_Facts(*row) for row in database.rows(f"SELECT {_COLUMNS} FROM sessions{where}{order}", values)]


def _part(text: str) -> str:
    return "%" + re.sub(r"([!%_])", r"!\1", text.lower()) + "%"


def _is_among(facts: _Facts, wanted: Wanted, family: Family) -> bool:
    if wanted.keys is None:
        return True
    if wanted.title and wanted.title.lower() in (facts.title or "").lower():
        return True
    return facts.key in wanted.keys or any(child in wanted.keys for child in family.children.get(facts.key, ()))


class _Counts(msgspec.Struct, frozen=True):
    """What the rows of some sessions add up to, by session key."""

    turns: Mapping[int, int]
    tool_calls: Mapping[int, int]
    failures: Mapping[int, int]
    prompts: Mapping[int, int]
    first_prompts: Mapping[int, str]
    policies: Mapping[int, tuple[tuple[str, ...], tuple[str, ...]]]
    read: frozenset[int]
    """Sessions whose files the full lane has read: only their zeros are zeros."""


def _counted(database: Database, keys: Sequence[int]) -> _Counts:
    turns, tools, failures, prompts = Counter[int](), Counter[int](), Counter[int](), Counter[int]()
    first: dict[int, str] = {}
    policies: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    read: set[int] = set()
    for part in chunks(keys):
        within = f"session_key IN ({marks(part)})"
        turns.update(
            _pairs(database, f"SELECT session_key, count(*) FROM turns WHERE {within} GROUP BY session_key", part)
        )
        for key, status, count in database.rows(
            f"SELECT session_key, status, count(*) FROM tool_calls WHERE {within} GROUP BY session_key, status", part
        ):
            tools[key] += count
            failures[key] += count if status in FAILURES else 0
        for key, count, prompt in _prompts(database, within, part):
            prompts[key], first[key] = count, prompt
        policies.update(_policies(database, within, part))
        lanes = "source_files f JOIN cursors c ON c.source_id = f.id AND c.lane = 'full'"
        read.update(key for (key,) in database.rows(f"SELECT f.session_key FROM {lanes} WHERE f.{within}", part))
    read.update(turns, tools, prompts)
    return _Counts(turns, tools, failures, prompts, first, policies, frozenset(read))


def _pairs(database: Database, sql: str, keys: Sequence[int]) -> dict[int, int]:
    return dict(database.rows(sql, keys))


def _prompts(database: Database, within: str, keys: Sequence[int]) -> list[Row]:
    """(session, how many prompts, head of the first one)"""
    return database.rows(
        "SELECT session_key, count, head FROM"
        " (SELECT session_key, head, count(*) OVER (PARTITION BY session_key) AS count,"
        " row_number() OVER (PARTITION BY session_key ORDER BY coalesce(time_ms, 0), line_offset) AS place"
        f" FROM messages WHERE {within} AND role = 'user' AND author = 'human') numbered WHERE place = 1",
        keys,
    )


def _policies(
    database: Database, within: str, keys: Sequence[int]
) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    approvals: dict[int, set[str]] = defaultdict(set)
    sandboxes: dict[int, set[str]] = defaultdict(set)
    sql = f"SELECT DISTINCT session_key, approval_policy, sandbox_policy FROM turns WHERE {within}"
    for key, approval, sandbox in database.rows(sql, keys):
        approvals[key] |= {approval} - {None}
        sandboxes[key] |= {sandbox} - {None}
    return {key: (tuple(sorted(approvals[key])), tuple(sorted(sandboxes[key]))) for key in approvals}


def _told(database: Database, shown: Sequence[_Facts], family: Family) -> list[Session]:
    keys = [facts.key for facts in shown]
    below = [child for key in keys for child in family.children.get(key, ())]
    tokens = ledger.by_session(database, list(dict.fromkeys([*keys, *below])))
    counts = _counted(database, keys)
    return [_session(facts, family, tokens, counts) for facts in shown]


def _session(facts: _Facts, family: Family, tokens: Mapping[int, Tokens], counts: _Counts) -> Session:
    key, read = facts.key, facts.key in counts.read
    children = family.children.get(key, [])
    approvals, sandboxes = counts.policies.get(key, ((), ()))
    return Session(
        id=f"{facts.agent}:{facts.native_id}",
        short_id=family.short(facts.native_id),
        agent=facts.agent,
        native_id=facts.native_id,
        lineage=facts.lineage or "unknown",
        parent_id=facts.parent_id,
        root_id=facts.root_id,
        forked_from=facts.forked_from,
        started_at=moment(facts.started_ms),
        ended_at=moment(facts.ended_ms),
        cwd=facts.cwd,
        repo=repo_name(facts.git_url, facts.cwd),
        git_branch=facts.git_branch,
        git_commit=facts.git_commit,
        git_url=facts.git_url,
        model=facts.model,
        provider=facts.provider,
        agent_version=facts.agent_version,
        originator=facts.originator,
        entrypoint=facts.entrypoint,
        host=facts.host,
        nickname=facts.nickname,
        role=facts.role,
        title=facts.title,
        first_prompt=counts.first_prompts.get(key),
        prompts=counts.prompts.get(key, 0) if read else None,
        turns=counts.turns.get(key, 0) if read else None,
        tool_calls=counts.tool_calls.get(key, 0) if read else None,
        failures=counts.failures.get(key, 0) if read else None,
        approval_policies=approvals,
        sandbox_policies=sandboxes,
        tokens=tokens.get(key),
        subagents=len(children),
        family_tokens=ledger.add(tokens[each] for each in [key, *children] if each in tokens),
    )


def moment(instant_ms: int | None) -> str | None:
    """The instant as ISO text; None where it is unknown or in a year no calendar has."""
    if instant_ms is None:
        return None
    try:
        return format_ms(instant_ms)
    except OverflowError:
        return None


def repo_name(git_url: str | None, cwd: str | None) -> str | None:
    """`owner/name` of the repository's address, else the last folder of the path."""
    address = _ADDRESS.fullmatch(git_url) if git_url else None
    if address:
        return "/".join(address["path"].split("/")[-2:])
    folder = _LAST_NAME.search(cwd) if cwd else None
    return folder.group(0) if folder else cwd


def children(database: Database, place: Place) -> list[str]:
    """Ids of the sessions this one started, directly or through others, in the order they began."""
    keys = Family(database).children.get(place.key, [])
    rows = [
        row
        for part in chunks(keys)
        for row in database.rows(
            f"SELECT coalesce(started_ms, 0), native_id, agent FROM sessions WHERE key IN ({marks(part)})", part
        )
    ]
    return [f"{agent}:{native_id}" for _, native_id, agent in sorted(rows)]


class Agent(msgspec.Struct, frozen=True):
    """An agent that left sessions."""

    agent: str
    sessions: int
    """Without those of subagents."""
    last_ms: int | None


def agents(database: Database) -> list[Agent]:
    """Every agent of the store, the one that was last active first."""
    rows = database.rows(
        "SELECT agent, sum(CASE WHEN lineage IN ('subagent', 'sidechain') THEN 0 ELSE 1 END),"
        " max(coalesce(ended_ms, started_ms)) FROM sessions GROUP BY agent ORDER BY 3 DESC, 1"
    )
    return [Agent(agent, int(count), last_ms) for agent, count, last_ms in rows]
