"""The first schema: everything the recorder writes.

The statements are frozen in `first/`: later changes of `schema.py` are later migrations.
"""

from codex_loop.store.migrations import frozen

revision = "0001"
down_revision = None


def upgrade() -> None:
    frozen.run("first")


def downgrade() -> None:
    raise NotImplementedError("stores are never downgraded: export what you need with the newer version")
