"""Schema changes as statements that never change again: a folder per change, a file per engine."""

from pathlib import Path

from alembic import op

_FOLDER = Path(__file__).parent


def run(change: str) -> None:
    """Run every statement of a change in its order."""
    script = (_FOLDER / change / f"{op.get_bind().dialect.name}.sql").read_text(encoding="utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
