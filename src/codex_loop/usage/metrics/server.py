"""The page over HTTP: on this machine only, or behind a token."""

from __future__ import annotations

import hmac
import ipaddress
import socket
import socketserver
import sys
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from codex_loop.errors import UsageError
from codex_loop.usage.metrics.exposition import page
from codex_loop.usage.metrics.family import Family

PATH = "/metrics"
SHORTEST_TOKEN = 16
_LOCAL = "localhost"
_PLAIN = "text/plain; charset=utf-8"
_SLOWEST_S = 10


class MetricsServer(ThreadingHTTPServer):
    """Listening when it is made; answers while `serve_forever` runs. UsageError for an address open to others."""

    daemon_threads = True
    # Elsewhere this lets a new server follow a dead one at once; on Windows it would let two listen at one port.
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, host: str, port: int, token: str | None, read: Callable[[], Sequence[Family]]) -> None:
        refuse_open_door(host, token)
        self.read = read
        self.token = token
        self.address_family = _family(host, port)
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            why = f"{host}, port {port}: {error.strerror or error}"
            raise UsageError(f"cannot listen at {why}; choose others with --port or --host") from error

    def server_bind(self) -> None:
        # The library would ask the network for this machine's name, which may take seconds and is not needed.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """A scraper that went away is nobody's failure."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Where the page is: the port is known even when any was asked for."""
        name = f"[{self.server_name}]" if ":" in self.server_name else self.server_name
        return f"http://{name}:{self.server_port}{PATH}"


class _Handler(BaseHTTPRequestHandler):
    server: MetricsServer
    server_version = "codex-loop"
    sys_version = ""
    timeout = _SLOWEST_S

    def do_GET(self) -> None:
        refused = self._refused()
        if refused is not None:
            self._say(refused, refused.description.encode() + b"\n", _PLAIN)
        elif self.path.partition("?")[0] == PATH:
            body, content_type = page(self.server.read, self.headers.get("Accept", ""))
            self._say(HTTPStatus.OK, body, content_type)
        elif self.path == "/":
            self._say(HTTPStatus.OK, f"codex-loop analyzer; the metrics are at {PATH}\n".encode(), _PLAIN)
        else:
            self._say(HTTPStatus.NOT_FOUND, f"only {PATH} is here\n".encode(), _PLAIN)

    do_HEAD = do_GET  # noqa: N815 - the library calls it so

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """A line a minute for every scrape helps nobody."""

    def _refused(self) -> HTTPStatus | None:
        if self.server.token is not None:
            said = self.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            right = hmac.compare_digest(said, f"Bearer {self.server.token}".encode())
            return None if right else HTTPStatus.UNAUTHORIZED
        # A page of the web may point a name of its own at this address and read what its visitor's browser gets there.
        return None if _is_local(_name_of(self.headers.get("Host", _LOCAL))) else HTTPStatus.FORBIDDEN

    def _say(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def refuse_open_door(host: str, token: str | None) -> None:
    """Anything but this machine itself needs a token that nobody guesses."""
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise UsageError(f"the token is too short to keep anybody out; give it {SHORTEST_TOKEN} characters or more")
    if token is None and not _is_local(host):
        raise UsageError(
            f"{host or 'every address'} can be reached from outside: add --token-file with a secret, "
            "or listen on 127.0.0.1"
        )


def _is_local(host: str) -> bool:
    try:
        return host == _LOCAL or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _family(host: str, port: int) -> socket.AddressFamily:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    except OSError as error:
        raise UsageError(f"no address belongs to {host}; name one of this machine, like 127.0.0.1") from error
