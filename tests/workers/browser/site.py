"""A small web server on a loopback address that remembers who came and what they asked for."""

import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

_DOCUMENT = "<!doctype html><html lang='en'><head><title>Site</title></head><body>{}</body></html>"


@dataclass(frozen=True)
class Answer:
    """What the server says to one path."""

    body: str = ""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    is_held: bool = False
    """Said only when the site closes."""


@dataclass
class Site:
    """Serves what `show` was given; everything else is a 404.

    Attributes:
        connections: How often somebody connected, with or without a request.
        asked: Method and path of every request, in order.
    """

    address: str = "127.0.0.1"
    connections: int = 0
    asked: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    _answers: dict[str, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start to listen on a free port."""
        self._server = _make_server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def host(self) -> str:
        """Host and port as they stand in an address."""
        bare = f"[{self.address}]" if ":" in self.address else self.address
        return f"{bare}:{self.port}"

    @property
    def url(self) -> str:
        """The address of the site, without a trailing slash."""
        return f"http://{self.host}"

    def show(self, body: str, path: str = "/") -> Self:
        """Serve a document with this body."""
        return self.answer(path, Answer(_DOCUMENT.format(body)))

    def answer(self, path: str, answer: Answer) -> Self:
        """Serve this answer."""
        self._answers[path] = answer
        return self

    def find(self, path: str) -> Answer:
        """What is served at a path."""
        return self._answers.get(path.partition("?")[0], Answer("nothing here", 404))

    def close(self) -> None:
        """Stop to listen."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _make_server(site: Site) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            site.connections += 1
            super().setup()

        def do_GET(self) -> None:
            site.asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("content-length", 0)))
            answer = site.find(self.path)
            if answer.is_held:
                site.closing.wait()
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("content-type", answer.kind)
            self.send_header("content-length", str(len(body)))
            for name, value in answer.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name is prescribed

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in site.address else socket.AF_INET
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A browser that hangs up is nothing to talk about."""

    return Server((site.address, 0), Handler)
