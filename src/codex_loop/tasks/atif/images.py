"""Images of a conversation as files beside the document."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from codex_loop.tasks.atif.document import Part, Picture
from codex_loop.tasks.atif.foreign import Image

FOLDER = "images"
_SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
"""The kinds that ATIF knows."""
_DATA = re.compile(r"data:(?P<type>[\w.+/-]{0,80})(?:;[\w=.-]{0,80})*;base64,(?P<data>[A-Za-z0-9+/=\s_-]*)\Z")
_SHOWN = 120


class Album:
    """The image files of one document, by path. The same image is one file."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def paint(self, image: Image) -> Part:
        """The part that shows the image; words, where it cannot be had."""
        found = _DATA.match(image.place)
        if found is None:
            where = "inline data that is none" if image.place.startswith("data:") else image.place[:_SHOWN]
            return Part(type="text", text=f"[image: {where}]")
        suffix = _SUFFIX.get(found["type"].lower())
        data = _decoded(found["data"])
        if suffix is None or not data:
            return Part(type="text", text=f"[image: {found['type'] or 'unknown type'}, {len(data)} bytes]")
        path = f"{FOLDER}/{hashlib.sha256(data).hexdigest()[:16]}.{suffix}"
        self.files[path] = data
        return Part(type="image", source=Picture(found["type"].lower(), path))


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
