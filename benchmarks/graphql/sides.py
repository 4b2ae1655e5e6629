"""Who is asked: ours and the references, each in a process of its own and in its own words."""

import base64
import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

from benchmarks.graphql.packages import SERVER, prepare
from benchmarks.graphql.seed import Seeded
from benchmarks.graphql.shapes import HANDWRITTEN, POSTGRAPHILE, TEXTBOOK, Shape
from benchmarks.servers import Servers
from domain.shared.paging import Key
from e2e.node_clients import CannotTry
from graph.support.ids import encode_id
from graph.support.paging import encode_cursor

START_SECONDS = 30
# More than anybody asks here. Counting stays on, because it is a part of what ours costs.
LIMITS = {
    f"METAMORPH_LIMITS_{who}_{what}": "2000000000"
    for who in ("USER", "ADDRESS", "WORKSPACE")
    for what in ("COST", "REQUESTS")
}
Variables = dict[str, object]


@dataclass(frozen=True)
class Side:
    """One who answers.

    Attributes:
        write_id: How it writes the id of a mission.
        write_cursor: How it writes the place of a row in a list.
        word: The path and the body of a question.
    """

    name: str
    write_id: Callable[[UUID], str]
    write_cursor: Callable[[Key], str]
    word: Callable[[Shape, Variables], tuple[str, object]]

    def ask(self, shape: Shape, seeded: Seeded) -> tuple[str, bytes]:
        """The path and the body of a request."""
        variables: Variables = {}
        if shape.variable == "id":
            variables["id"] = self.write_id(seeded.mission)
        elif shape.variable == "after":
            variables["after"] = self.write_cursor(seeded.before_page)
        path, body = self.word(shape, variables)
        return path, json.dumps(body).encode()


def write_plainly(key: Key) -> str:
    """Time and id with a blank between them."""
    return " ".join(str(value).replace(" ", "T") for value in key)


def write_in_json(*parts: object) -> str:
    """PostGraphile's global ids and cursors: a list in JSON, in base64."""
    return base64.b64encode(json.dumps(parts, default=str).encode()).decode()


OURS = Side(
    "ours",
    partial(encode_id, "Mission"),
    encode_cursor,
    lambda shape, given: ("/graphql", {"query": shape.document, "variables": given}),
)
REFERENCES = (
    Side(HANDWRITTEN, str, write_plainly, lambda shape, given: (shape.route, given)),
    Side(
        TEXTBOOK,
        str,
        write_plainly,
        lambda shape, given: ("/graphql/", {"query": shape.document, "variables": given}),
    ),
    Side(
        POSTGRAPHILE,
        partial(write_in_json, "missions"),
        partial(write_in_json, "created_at_desc"),
        lambda shape, given: ("/graphql", {"query": shape.postgraphile, "variables": given}),
    ),
)


@contextlib.contextmanager
def running(stores: Servers, seeded: Seeded) -> Iterator[Mapping[Side, int]]:
    """Every side with the port it listens on; one that cannot be had here is left out."""
    bench = {
        "BENCH_KEYS": str(stores.directory / "var" / "keys"),
        "BENCH_DATABASE": stores.urls.app.replace("+asyncpg", ""),
        "BENCH_WORKSPACE": str(seeded.workspace),
        "NODE_ENV": "production",
    }
    with contextlib.ExitStack() as stack:
        ports: dict[Side, int] = {}
        for side in (OURS, *REFERENCES):
            try:
                command = write_command(side.name)
            except CannotTry as error:
                print(f"The cases against {side.name} are left out: {error}.")
                continue
            port = free_port()
            listen = {"METAMORPH_PORT": str(port), "BENCH_PORT": str(port)}
            variables = {**bench, **LIMITS, **listen}
            stack.enter_context(process(stores, port, command, variables))
            ports[side] = port
        yield ports


def write_command(name: str) -> list[str]:
    """What starts a side.

    Raises:
        CannotTry: it cannot be had on this machine.
    """
    if name == POSTGRAPHILE:
        return ["node", str(prepare() / SERVER)]
    modules = {
        HANDWRITTEN: ["benchmarks.references.handwritten"],
        TEXTBOOK: ["benchmarks.references.textbook"],
    }
    return [sys.executable, "-m", *modules.get(name, ["api.cli.main", "api"])]


@contextlib.contextmanager
def process(
    stores: Servers, port: int, command: list[str], variables: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """A server on `port` until the block ends."""
    log = stores.directory / f"server-{port}.log"
    with log.open("wb") as file:
        child = subprocess.Popen(
            command, env=stores.environment(**variables), stdout=file, stderr=file
        )
        try:
            wait_for(port, child, log)
            yield child
        finally:
            child.terminate()
            child.wait(30)


def wait_for(port: int, child: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once somebody listens.

    Raises:
        RuntimeError: the server ended, or takes too long.
    """
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"{child.args!r} does not start: {log.read_text()[-2000:]}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
