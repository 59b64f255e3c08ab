"""Every error this product raises on purpose; each knows its exit code.

CodexLoopError
├── UsageError              the request cannot be right                      2
│   └── SettingsError       a setting is unknown or has the wrong type       2
├── MissingPrerequisite     something must be there first                    3
│   ├── MissingTool         a program or an extra is not installed           3
│   ├── StoreMissing        no store at that place yet                       3
│   └── SchemaTooNew        the store was written by a later version         3
└── Degraded                done with less than asked, or to be done again   4
    ├── SourceUnreadable    a file or folder of an agent cannot be read      4
    ├── MixedModels         vectors of several models were put together      4
    ├── HarborUnusable      the Harbor that is there cannot be used          4
    ├── NoTask              of this moment no task can be made               4
    └── StoreError          the database refused                             4
        ├── StoreLocked     another process is writing                       4
        ├── StoreReadOnly   the place of the store cannot be written         4
        ├── StoreFull       no room left on its disk                         4
        └── StoreDamaged    the file is not a database, or a broken one      4

A message is one sentence: what, which one, what to do. Only the command line and the web pages turn errors into text.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """What a command's exit code tells a script."""

    OK = 0
    FINDING = 1
    USAGE = 2
    MISSING = 3
    DEGRADED = 4
    BUG = 70
    INTERRUPTED = 130


class CodexLoopError(Exception):
    """The root: a person can act on its message."""

    exit_code: ClassVar[Exit] = Exit.DEGRADED

    def __reduce__(self) -> tuple[object, ...]:
        # Worker processes send errors home by pickle, which would call __init__ with the finished message.
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(kind: type[CodexLoopError], args: tuple[object, ...], data: dict[str, object]) -> CodexLoopError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(data)
    return error


class UsageError(CodexLoopError):
    """The request cannot be right."""

    exit_code = Exit.USAGE


class SettingsError(UsageError):
    """A setting is unknown or has the wrong type; `where` is the file, variable or flag it stands in."""

    def __init__(self, where: str, *, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where, self.problem = where, problem


class MissingPrerequisite(CodexLoopError):
    """Something must be there first; the message names the command that brings it."""

    exit_code = Exit.MISSING


class MissingTool(MissingPrerequisite):
    """A program or an extra is not installed."""

    def __init__(self, tool: str, *, hint: str) -> None:
        super().__init__(f"{tool} is not installed; {hint}")
        self.tool, self.hint = tool, hint


class StoreMissing(MissingPrerequisite):
    """No store at that place yet."""

    def __init__(self, place: str) -> None:
        super().__init__(f"no store at {place} yet; run `codex-loop ingest` first")
        self.place = place


class SchemaTooNew(MissingPrerequisite):
    """The store was written by a later version, which we must not touch."""

    def __init__(self, place: str, *, found: str, known: str) -> None:
        super().__init__(
            f"the store {place} has schema {found}, newer than {known} which this version knows; "
            "upgrade with `pip install --upgrade codex-loop`"
        )
        self.place, self.found, self.known = place, found, known


class Degraded(CodexLoopError):
    """Done with less than asked, or not done and safe to do again."""


class SourceUnreadable(Degraded):
    """A file or folder of an agent cannot be read; the others were."""

    def __init__(self, path: str, *, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}; nothing of it is lost, it is tried again on the next run")
        self.path, self.reason = path, reason


class MixedModels(Degraded):
    """Vectors of several models were put together."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(sorted(ids))
        super().__init__(
            f"vectors of {len(self.ids)} models cannot be compared ({', '.join(self.ids)}); "
            "embed all of these texts again with one of them"
        )


class HarborUnusable(Degraded):
    """The Harbor that was named is there and cannot be used."""


class NoTask(Degraded):
    """This moment gives no task; the message is the reason, in words a user can act on."""


class StoreError(Degraded):
    """The database refused; what was committed before stays."""

    def __init__(self, place: str, *, reason: str) -> None:
        super().__init__(f"the store {place} {reason}")
        self.place, self.reason = place, reason


class StoreLocked(StoreError):
    """Another process is writing and did not finish in time."""

    def __init__(self, place: str) -> None:
        super().__init__(place, reason="is being written by another process; nothing is lost, run the command again")


class StoreReadOnly(StoreError):
    """The place of the store cannot be written."""

    def __init__(self, place: str) -> None:
        super().__init__(place, reason="cannot be written; choose another place with --db")


class StoreFull(StoreError):
    """No room left on the disk of the store."""

    def __init__(self, place: str) -> None:
        super().__init__(
            place, reason="has no room left on its disk; what was stored stays, free some space and run it again"
        )


class StoreDamaged(StoreError):
    """The file at that place is not a database, or a broken one."""

    def __init__(self, place: str, *, detail: str) -> None:
        super().__init__(
            place, reason=f"cannot be used as a database ({detail}); move it away or name another with --db"
        )
        self.detail = detail
