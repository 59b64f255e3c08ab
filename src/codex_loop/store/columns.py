"""Columns in one place: how both engines spell a number, a text, bytes, and what every table shares."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

metadata = MetaData()

INT: TypeEngine[int] = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
REAL: TypeEngine[float] = Double().with_variant(sqlite.REAL(), "sqlite")
TEXT: TypeEngine[str] = Text()
BLOB: TypeEngine[bytes] = LargeBinary()


def whole(name: str, *, null: bool = True) -> Column[int]:
    return Column(name, INT, nullable=null)


def text(name: str, *, null: bool = True) -> Column[str]:
    return Column(name, TEXT, nullable=null)


def key() -> Column[int]:
    return Column("key", INT, primary_key=True, autoincrement=False)


def origin() -> tuple[Column[int], Column[int]]:
    """Where a row was read from."""
    return whole("source_id", null=False), whole("line_offset", null=False)


def table(name: str, *parts: Column[int] | Column[str] | Column[float] | Column[bytes] | Index) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)
