"""A receiver of OpenTelemetry over HTTP with JSON: keeps what agents post, a document a line, as a collector does."""

from __future__ import annotations

import gzip
import json
import threading
from pathlib import Path

from tests.fakes.server import Exchange, Loopback

SIGNALS = ("/v1/logs", "/v1/metrics", "/v1/traces")


class Collector:
    """Takes every signal of every agent; `write` leaves a file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._posted: list[tuple[str, object]] = []

    def serve(self) -> Loopback:
        return Loopback(self)

    def answer(self, exchange: Exchange) -> None:
        if exchange.path not in SIGNALS:
            exchange.reply(404, {})
            return
        body = exchange.body
        if exchange.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        with self._lock:
            self._posted.append((exchange.path, json.loads(body)))
        exchange.reply(200, {})

    def documents(self, *signals: str) -> list[object]:
        """What was posted, all of it or of some signals, in its order."""
        with self._lock:
            return [document for path, document in self._posted if not signals or path in signals]

    def write(self, file: Path, *signals: str) -> Path:
        lines = (json.dumps(each, separators=(",", ":")) + "\n" for each in self.documents(*signals))
        file.write_text("".join(lines), encoding="utf-8")
        return file
