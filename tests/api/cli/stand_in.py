"""A `metamorph` whose API and worker are small stand-ins: `python stand_in.py <command>`.

Everything else is the product's own: supervisor, servers, migrations, locks. STAND_IN_WORKER
chooses how the worker behaves: calm, stubborn (ignores SIGTERM) or broken (ends at once).
"""

import http.server
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ME = (sys.executable, str(Path(__file__).resolve()))


ORDER = Path(os.environ["METAMORPH_VAR_DIR"]) / "order"
ANSWERING_SECONDS = 0.3
LATEST_READY_SECONDS = 30.0
POLL_SECONDS = 0.02


def note(word: str) -> None:
    with ORDER.open("a") as file:
        file.write(f"{word}\n")


def count(word: str) -> int:
    return ORDER.read_text().split().count(word) if ORDER.exists() else 0


def serve(manner: str) -> None:
    class Ready(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/readyz" else 404)
            self.end_headers()

    # On a busy machine a broken worker takes a while to end; ready before that would prove nothing.
    deadline = time.monotonic() + LATEST_READY_SECONDS
    while manner == "broken" and count("broken") < 3 and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    address = (os.environ["METAMORPH_HOST"], int(os.environ["METAMORPH_PORT"]))

    def finish(number: int, frame: object) -> None:
        # Requests are still being answered: long enough for a worker stopped too early to show.
        deadline = time.monotonic() + ANSWERING_SECONDS
        while not ORDER.exists() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        note("api")
        os._exit(0)

    signal.signal(signal.SIGTERM, finish)
    http.server.ThreadingHTTPServer(address, Ready).serve_forever()


def work(manner: str) -> None:
    if manner == "broken":
        note("broken")
        sys.exit("the queue is on fire")
    if manner == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda number, frame: (note("worker"), os._exit(0)))
    # A grandchild such as a browser: nothing may be left of it either.
    subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    while True:
        signal.pause()


def run() -> None:
    manner = os.environ.get("STAND_IN_WORKER", "calm")
    match sys.argv[1]:
        case "serve":
            serve(manner)
        case "work":
            work(manner)
        case _:
            from api.cli import main as command_line
            from api.cli import stack
            from api.stack.units import ProcessSpec

            stack._MODULE = ME
            stack.product_processes = lambda workers, grace: (
                ProcessSpec("api", (*ME, "serve"), 3.0),
                ProcessSpec("worker", (*ME, "work"), 1.0),
            )
            command_line.run()


if __name__ == "__main__":
    run()
