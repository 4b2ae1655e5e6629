"""A small application under test: two forms, a page that can be held back, a count of requests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

HELD_SECONDS = 60
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Greeter</title>
<link rel="icon" href="data:,"></head><body><h1>{heading}</h1>
<form action="/greet"><label>Name <input name="name" autocomplete="off"></label>
<button>Greet</button></form></body></html>"""
READER = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Reader</title>
<link rel="icon" href="data:,"></head><body><h1>Nothing yet</h1><input type="file" id="file">
<script>file.onchange = async () => { const [one] = file.files;
document.querySelector("h1").textContent = `${one.name}: ${await one.text()}`; };</script>
</body></html>"""


@dataclass
class SmallSite:
    """What the pages know.

    Attributes:
        asked: a held page has been requested; its browser waits.
        released: set it, and held pages are answered.
    """

    port: int = 0
    paths: list[str] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        """As a workspace allows it."""
        return f"127.0.0.1:{self.port}"

    def hold(self) -> None:
        """From now on `/held` is not answered until `released` is set."""
        self.asked.clear()
        self.released.clear()

    def answer(self, path: str) -> str:
        """The page for a path."""
        self.paths.append(path)
        address = urlsplit(path)
        if address.path == "/held":
            self.asked.set()
            self.released.wait(HELD_SECONDS)
        if address.path == "/reader":
            return READER
        name = parse_qs(address.query).get("name", [""])[0]
        return PAGE.format(heading=f"Hello, {name}!" if name else "Who are you?")


@contextmanager
def serve_small_site() -> Iterator[SmallSite]:
    """Serve it on a free port while the block runs."""
    site = SmallSite()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = site.answer(self.path).encode()
            try:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # its browser was killed meanwhile
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, name="small-site", daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.released.set()
            server.shutdown()
            thread.join()
