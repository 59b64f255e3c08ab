"""An HTTP proxy on loopback that leads every tunnel to one server of ours, whatever name was asked for.

An agent that talks to its provider by name, over TLS, can so be tested without touching the names of the machine.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from types import TracebackType
from typing import Self

_CHUNK = 1 << 16


class _Tunnel(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        asked = self.rfile.readline().split()
        while self.rfile.readline().strip():
            pass
        name = asked[1].decode().partition(":")[0] if len(asked) > 1 and asked[0] == b"CONNECT" else ""
        if name not in self.server.names:
            self.server.refused.append(name)
            self.wfile.write(b"HTTP/1.1 502 not here\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.server.port)) as there:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_pour, args=(there, self.connection), daemon=True)
            back.start()
            _pour(self.connection, there)
            back.join(timeout=5)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, names: frozenset[str], port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.names, self.port = names, port
        self.refused: list[str] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """An agent that is ended leaves half a tunnel behind, which is no news."""


class Proxy:
    """Leads tunnels to `names` to a port of this machine; a context manager."""

    def __init__(self, *names: str, port: int) -> None:
        self._server = _Server(frozenset(names), port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="tunnels", daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def refused(self) -> list[str]:
        """Names that somebody asked for and that are not ours."""
        return self._server.refused

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _pour(source: socket.socket, into: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            into.sendall(data)
        into.shutdown(socket.SHUT_WR)
