"""Folders of the agents as they are found: one that is not there holds nothing, one that cannot be read is told of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = "folder"
"""The unit of what is no file but a folder that nobody can look into."""


class Place(NamedTuple):
    """A file to read and how, or a folder that cannot be read."""

    path: Path
    unit: str = "lines"


class Folders:
    """Lists each real folder once, by whatever paths it is reached, and remembers those it could not list."""

    def __init__(self) -> None:
        self._listed: set[tuple[int, int]] = set()
        self._closed: list[Place] = []

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        """What is in a folder, by name; nothing if it is not there, was listed before, or cannot be read."""
        try:
            found = os.stat(folder)
            identity = (found.st_dev, found.st_ino)
            if identity in self._listed:
                return []
            self._listed.add(identity)
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError:
            self._closed.append(Place(Path(folder), FOLDER))
            return []

    def closed(self) -> Iterator[Place]:
        """The folders that are there and could not be listed."""
        yield from self._closed


def is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def why_closed(folder: Path) -> str | None:
    """Why a folder cannot be listed; None if it can."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        return error.strerror or str(error)
    return None
