"""Signals have tables; calls and changes carry keys that tell repeats apart (`codex-loop rebuild` fills them)."""

from codex_loop.store.migrations import frozen

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    frozen.run("third")


def downgrade() -> None:
    raise NotImplementedError("stores are never downgraded: export what you need with the newer version")
