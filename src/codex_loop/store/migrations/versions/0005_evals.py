"""Tasks and how they were checked, datasets, runs of them, trials, tickets."""

from codex_loop.store.migrations import frozen

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    frozen.run("fifth")


def downgrade() -> None:
    raise NotImplementedError("stores are never downgraded: export what you need with the newer version")
