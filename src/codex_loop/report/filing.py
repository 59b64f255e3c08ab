"""One problem, one ticket: what becomes of the ticket that is there when the cluster has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from codex_loop.errors import UsageError
from codex_loop.model.keys import key
from codex_loop.model.text import counted
from codex_loop.redaction import redact
from codex_loop.report import github
from codex_loop.report.github import Github
from codex_loop.report.sharing import shareable
from codex_loop.report.ticket_text import MARK
from codex_loop.report.tickets import Suggested, Ticket
from codex_loop.store import tickets as store
from codex_loop.store.engine import Database
from codex_loop.store.tickets import TicketRow

LOCAL_SESSIONS = 3
SHARED_SESSIONS = 5
SHARED_PROJECTS = 2
"""A problem of fewer sessions, or of one project, tells of somebody rather than of something."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket as it was told last, and which telling of it was sent."""

    ticket: Ticket
    sent: str | None
    """Digest of what stands where it was opened; None: it was not opened anywhere."""
    closed_ms: int | None = None
    """When somebody called it solved; None: nobody did, or it came back since."""


_kept: msgspec.json.Decoder[Kept] = msgspec.json.Decoder(Kept)


def refuse_small(ticket: Ticket, *, shared: bool) -> None:
    """A ticket is text that others read: it needs enough sessions behind it, and to be sent, enough projects."""
    least = SHARED_SESSIONS if shared else LOCAL_SESSIONS
    what = "to be sent anywhere a ticket" if shared else "a ticket"
    if ticket.sessions < least:
        raise UsageError(
            f"{ticket.cluster_id} was seen in {counted(ticket.sessions, 'session')}; {what} needs {least}, so that it"
            " tells of a problem and not of a person; --small makes it anyway"
        )
    if shared and len(ticket.projects) < SHARED_PROJECTS:
        raise UsageError(
            f"{ticket.cluster_id} was seen in {counted(len(ticket.projects), 'project')}; {what} needs"
            f" {SHARED_PROJECTS}, unless --small says that its readers may know which"
        )


def digest(ticket: Ticket) -> str:
    return hashlib.sha256(msgspec.json.encode(ticket)).hexdigest()


def file(
    database: Database,
    ticket: Ticket,
    cluster_key: int,
    now_ms: int,
    *,
    path: Path | None = None,
    link: str | None = None,
    closed_ms: int | None = None,
) -> str:
    """Keep the ticket as it is told now: new, updated, reopened, quiet, closed, or unchanged.

    `link` says that it stands there, just so.
    """
    before = store.of_cluster(database, cluster_key)
    mark = digest(ticket)
    kept = Kept(
        ticket=ticket,
        sent=mark if link is not None else sent_digest(before),
        closed_ms=closed_ms if ticket.state == "closed" else None,
    )
    row = TicketRow(
        key=key("ticket", cluster_key),
        cluster_key=cluster_key,
        title=ticket.title,
        priority=ticket.priority.level,
        state=ticket.state,
        digest=mark,
        path=str(path.absolute()) if path is not None else None if before is None else before.path,
        link=link or (None if before is None else before.link),
        body=msgspec.json.encode(kept).decode(),
        created_ms=now_ms if before is None else before.created_ms,
        updated_ms=now_ms if before is None or before.digest != mark else before.updated_ms,
    )
    if row != before:
        store.put(database, row)
    return _change(before, row)


def sent_digest(before: TicketRow | None) -> str | None:
    return None if before is None else _kept.decode(before.body).sent


def suggested(before: TicketRow | None) -> Suggested | None:
    """What a model said of it the last time."""
    return None if before is None else _kept.decode(before.body).ticket.suggested


def closed_ms(before: TicketRow | None) -> int | None:
    """When somebody closed it, as far as the store knows."""
    return None if before is None else _kept.decode(before.body).closed_ms


def refuse_to_close(cluster: str, before: TicketRow | None, *, there: bool) -> None:
    """Only what was told can be closed, and what stands somewhere is closed `there` too."""
    if before is None:
        raise UsageError(f"{cluster} has no ticket yet, so none can be closed; leave --close out to write it")
    if before.link is not None and not there:
        raise UsageError(f"the ticket of {cluster} stands at {before.link}; close it there, or with --close --create")


def write(path: Path, text: str) -> bool:
    """Write the ticket unless it stands there already; whether it was written. Nobody else's file is touched."""
    try:
        old = path.read_text(encoding="utf-8") if path.exists() else None
        if old == text:
            return False
        if old and MARK not in old and "codex-loop/ticket/" not in old:
            raise UsageError(f"{path} is no ticket of ours; give --output another name, or move it away")
        path.write_text(text, encoding="utf-8", newline="\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"{path} cannot be written: {reason}") from error
    return True


def send(gh: Github, ticket: Ticket, before: TicketRow | None, text: str, *, is_closed: bool) -> str:
    """Where the one issue of this problem stands, which tells the ticket as it is now, open or closed like it."""
    text = redact(text).text  # each part was redacted; what parts make together is looked at once more
    title = f"[{ticket.priority.level}] {shareable(ticket.title)}"
    if before is None or before.link is None:
        if ticket.state == "closed":
            raise UsageError(f"the ticket of {ticket.cluster_id} is closed and stands nowhere yet; leave --create out")
        return github.create(gh, title, text)
    if is_closed and ticket.state != "closed":
        github.reopen(gh, before.link)
    if sent_digest(before) != digest(ticket):
        github.edit(gh, before.link, title, text)
    if ticket.state == "closed" and not is_closed:
        github.close(gh, before.link)
    return before.link


def _change(before: TicketRow | None, row: TicketRow) -> str:
    if before is None:
        return "new"
    if before.state != row.state and row.state in ("reopened", "quiet", "closed"):
        return row.state
    return "unchanged" if before.digest == row.digest else "updated"
