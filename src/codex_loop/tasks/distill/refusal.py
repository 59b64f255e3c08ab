"""Why no task can be made of a moment: told to the user, never a crash."""

from __future__ import annotations

from codex_loop.errors import Degraded


class NoTask(Degraded):
    """This moment gives no task; the message is the reason, in words a user can act on."""
