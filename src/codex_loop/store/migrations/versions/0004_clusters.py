"""Vectors, clusters and their lineage, proposals, categories, and what they call signals."""

from codex_loop.store.migrations import frozen

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    frozen.run("fourth")


def downgrade() -> None:
    raise NotImplementedError("stores are never downgraded: export what you need with the newer version")
