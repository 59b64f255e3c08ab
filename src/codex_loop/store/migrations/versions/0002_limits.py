"""Limits know their account and who told them; notices, imports and the tracker's records get tables."""

from codex_loop.store.migrations import frozen

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    frozen.run("second")


def downgrade() -> None:
    raise NotImplementedError("stores are never downgraded: export what you need with the newer version")
