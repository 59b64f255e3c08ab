"""The first schema: everything the recorder writes.

The statements are frozen in `first/`: later changes of `schema.py` are later migrations.
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

_FOLDER = Path(__file__).parent.parent / "first"


def upgrade() -> None:
    script = (_FOLDER / f"{op.get_bind().dialect.name}.sql").read_text(encoding="utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    raise NotImplementedError("stores are never downgraded: export what you need with the newer version")
