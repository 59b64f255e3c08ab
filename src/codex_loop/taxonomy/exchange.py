"""Categories as a file: sorted, without times, so that version control shows what changed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import msgspec

from codex_loop import embedding
from codex_loop.clusters import texts
from codex_loop.errors import UsageError
from codex_loop.model.text import clean
from codex_loop.signals.catalogue import BY_ID
from codex_loop.store import categories
from codex_loop.store.categories import CategoryRow, Happened
from codex_loop.store.engine import Database
from codex_loop.taxonomy.classify import KINDS, classify
from codex_loop.taxonomy.proposals import category_name
from codex_loop.taxonomy.rule import Rule, is_readable

VERSION = "1.0"
LAST_VERSION = 1_000_000
"""Of one category; each change makes one."""


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A category as it is written to a file."""

    signal_type: str
    description: str
    inclusion_criteria: str
    rule: Rule
    severity_rule: str
    recommended_action: str
    member_count: int
    since_version: int


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    version: str
    exported_at: str | None
    generator: str
    categories: dict[str, Exported]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What two files of categories do not share."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: dict[str, tuple[str, ...]] = {}
    """By category, the fields that differ."""
    renamed: tuple[tuple[str, str], ...] = ()


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import changed."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    signals: int
    other_model: tuple[str, ...] = ()
    """Categories whose centre lies in another model's space: they name nothing here."""
    unknown_detectors: tuple[str, ...] = ()
    """Detectors that rules name and this version does not have: what they find is not known here."""


_catalogue: msgspec.json.Decoder[Catalogue] = msgspec.json.Decoder(Catalogue)


def export(database: Database, generator: str, exported_at: str | None) -> Catalogue:
    """Every active category."""
    counts = categories.counts(database)
    return Catalogue(
        version=VERSION,
        exported_at=exported_at,
        generator=generator,
        categories={
            row.name: Exported(
                signal_type=row.kind,
                description=row.description,
                inclusion_criteria=row.criteria,
                rule=msgspec.json.decode(row.rule, type=Rule),
                severity_rule=row.severity_rule,
                recommended_action=row.action,
                member_count=counts.get(row.name, 0),
                since_version=row.version,
            )
            for row in categories.every(database)
        },
    )


def write(catalogue: Catalogue) -> bytes:
    return msgspec.json.format(msgspec.json.Encoder(order="deterministic").encode(catalogue), indent=2) + b"\n"


def read(path: Path) -> Catalogue:
    """A file as `schema-export` writes it; UsageError says in one sentence what is wrong with another one."""
    try:
        found = _catalogue.decode(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is no file of categories: {error}") from error
    if found.version != VERSION:
        raise UsageError(f"{path} has version {found.version}; this version reads {VERSION}")
    for name, category in found.categories.items():
        wrong = _wrong(name, category)
        if wrong:
            raise UsageError(f"{path}: {wrong}")
    return found


def _wrong(name: str, category: Exported) -> str | None:
    """Why this cannot be a category, if it cannot."""
    if name != category_name(name):
        return f"{name!r} is no name of a category; write it as {category_name(name)}"
    if category.signal_type not in KINDS:
        return f"{name} is {category.signal_type!r}; a category is {' or '.join(KINDS)}"
    if category.rule.kind != category.signal_type:
        return f"{name} is {category.signal_type}, but its rule is about {category.rule.kind!r}"
    if not is_readable(category.rule, _dimension(category.rule)):
        return f"the centre of {name} cannot be read; export the category again where it was made"
    if not 1 <= category.since_version <= LAST_VERSION:
        return f"{name} has version {category.since_version}; versions begin at 1 and end at {LAST_VERSION}"
    return None


def _dimension(rule: Rule) -> int | None:
    """How many numbers its centre has; of another machine's model nobody knows."""
    return embedding.model().dimension if rule.model == texts.model_id() else None


def take(database: Database, catalogue: Catalogue, now_ms: int, *, reviewer: str) -> Imported:
    """Make the file's categories ours; those it does not name stay as they are. All of it or nothing."""
    new, changed, same = list[str](), list[str](), list[str]()
    with database.transaction():
        for name, wanted in sorted(catalogue.categories.items()):
            old = categories.one(database, name)
            if old is not None and old.state == "active" and old.kind != wanted.signal_type:
                raise UsageError(f"{name} is {old.kind} here and {wanted.signal_type} in the file; rename one of them")
            row = _row(name, wanted, old, now_ms)
            if old is not None and old.state == "active" and _same(old, row):
                same.append(name)
                continue
            (changed if old is not None else new).append(name)
            body = msgspec.json.encode(row).decode()
            categories.put(database, row, Happened(name, row.version, now_ms, "imported", reviewer, None, body))
        called = classify(database, now_ms)
    return Imported(
        new=tuple(new),
        changed=tuple(changed),
        same=tuple(same),
        signals=called.given,
        other_model=called.other_model,
        unknown_detectors=_strangers(catalogue),
    )


def _strangers(catalogue: Catalogue) -> tuple[str, ...]:
    named = {detector for each in catalogue.categories.values() for detector in each.rule.detectors}
    return tuple(sorted(named - BY_ID.keys()))


def _row(name: str, wanted: Exported, old: CategoryRow | None, now_ms: int) -> CategoryRow:
    return CategoryRow(
        name=name,
        version=wanted.since_version if old is None else old.version + 1,
        kind=wanted.signal_type,
        state="active",
        description=clean(wanted.description),
        criteria=clean(wanted.inclusion_criteria),
        rule=msgspec.json.encode(wanted.rule).decode(),
        severity_rule=clean(wanted.severity_rule),
        action=clean(wanted.recommended_action),
        proposal_key=None if old is None else old.proposal_key,
        cluster_key=None if old is None else old.cluster_key,
        created_ms=now_ms if old is None else old.created_ms,
        updated_ms=now_ms,
    )


_COMPARED = ("kind", "description", "criteria", "rule", "severity_rule", "action")


def _same(old: CategoryRow, new: CategoryRow) -> bool:
    return all(getattr(old, name) == getattr(new, name) for name in _COMPARED)


def difference(old: Catalogue, new: Catalogue) -> Difference:
    """What changed from one file to the other; a category with the same rule under another name was renamed."""
    added = sorted(new.categories.keys() - old.categories.keys())
    removed = sorted(old.categories.keys() - new.categories.keys())
    renamed: list[tuple[str, str]] = []
    gone, came = set[str](), set[str]()
    for before, after in product(removed, added):
        same = old.categories[before].rule == new.categories[after].rule
        if same and before not in gone and after not in came:
            renamed.append((before, after))
            gone.add(before)
            came.add(after)
    both = sorted(old.categories.keys() & new.categories.keys())
    return Difference(
        added=tuple(name for name in added if name not in came),
        removed=tuple(name for name in removed if name not in gone),
        changed={name: fields for name in both if (fields := _fields(old.categories, new.categories, name))},
        renamed=tuple(renamed),
    )


def _fields(old: Mapping[str, Exported], new: Mapping[str, Exported], name: str) -> tuple[str, ...]:
    """Counts differ from day to day: they are no difference between two files."""
    names = [field for field in Exported.__struct_fields__ if field not in ("member_count", "since_version")]
    return tuple(field for field in names if getattr(old[name], field) != getattr(new[name], field))
