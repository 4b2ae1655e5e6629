"""Asks every side every question, prints the ratios and writes them down.

Rounds alternate between the sides, and the median of each counts, so that what else the machine does
meanwhile is not held against one of them.
"""

import asyncio
import json
from collections.abc import Mapping

from rich.progress import track

from benchmarks.graphql.answers import check, fetch
from benchmarks.graphql.seed import EMAIL, PASSWORD, TEMPLATES, Seeded, seed
from benchmarks.graphql.shapes import (
    DEEP_PAGE,
    FIRST_PAGE,
    HANDWRITTEN,
    SHAPES,
    Shape,
)
from benchmarks.graphql.sides import OURS, Side, running
from benchmarks.load import Load, press
from benchmarks.report import Case, at_least, at_most, write
from benchmarks.servers import servers

CLIENTS = 50
WARMING, REQUESTS, ROUNDS = 100, 300, 5
DEPTH_ROUNDS = 11
"""Of the first page and the deep one: both are quick, and they are to differ by little."""
SECONDS = 2
"""After which a slow side gets no more requests in a round; those under way are waited for."""
QUICK = at_most(100)
NO_DEARER = at_least(0.9, of="ratio")
"""What is left of the rate of page 1 on the deep one; a tenth is noise."""
Request = tuple[int, str, bytes]
"""Port, path and body."""


def run() -> None:
    """Measure and report."""
    with servers() as stores:
        seeded = seed(stores)
        with running(stores, seeded) as ports:
            token = log_in(ports[OURS])
            check_all(ports, token, seeded)
            cases = asyncio.run(compare(ports, token, seeded))
    title = f"GraphQL: ours, one API process, against references; {CLIENTS} clients"
    write(
        "graphql",
        title,
        cases,
        clients=CLIENTS,
        rounds=ROUNDS,
        requests=REQUESTS,
        templates=TEMPLATES,
    )


def log_in(port: int) -> str:
    """An access token."""
    document = "mutation ($i: LoginInput!) { login(input: $i) { accessToken } }"
    variables = {"i": {"email": EMAIL, "password": PASSWORD}}
    answer = fetch(
        port, "/graphql", json.dumps({"query": document, "variables": variables}).encode()
    )
    token: str = json.loads(answer)["data"]["login"]["accessToken"]
    return token


def check_all(ports: Mapping[Side, int], token: str, seeded: Seeded) -> None:
    """See that everybody answers every question with the rows that ours answers with."""
    for shape in SHAPES:
        wanted: list[object] | None = None
        for side, port in ports.items():
            answer = fetch(port, *side.ask(shape, seeded), token)
            wanted = check(shape, side.name, answer, wanted)


async def compare(ports: Mapping[Side, int], token: str, seeded: Seeded) -> list[Case]:
    """Press each with each shape; in the end ours with the first page and the deep one."""
    cases: list[Case] = []
    for shape in track(SHAPES, f"Measuring {len(SHAPES)} shapes"):
        asked = {side.name: (port, *side.ask(shape, seeded)) for side, port in ports.items()}
        cases += list_cases(shape, await alternate(asked, token, ROUNDS))
    pages = {page.name: (ports[OURS], *OURS.ask(page, seeded)) for page in (FIRST_PAGE, DEEP_PAGE)}
    loads = await alternate(pages, token, DEPTH_ROUNDS)
    deep, first = loads[DEEP_PAGE.name].rate, loads[FIRST_PAGE.name].rate
    name = f"{DEEP_PAGE.name} against {FIRST_PAGE.name} of ours"
    return [*cases, Case(name, deep, first, "1/s", NO_DEARER)]


async def alternate(asked: Mapping[str, Request], token: str, rounds: int) -> dict[str, Load]:
    """The median of some rounds of each, after one that only warms."""
    loads: dict[str, list[Load]] = {name: [] for name in asked}
    for count in (WARMING, *[REQUESTS] * rounds):
        for name, (port, path, body) in asked.items():
            load = await press(
                port, path, body, token, count=count, clients=CLIENTS, seconds=SECONDS
            )
            loads[name].append(load)
    return {name: Load.median(several[1:]) for name, several in loads.items()}


def list_cases(shape: Shape, loads: Mapping[str, Load]) -> list[Case]:
    """The rate of ours beside that of each reference, and how long all but the slowest wait."""
    ours = loads[OURS.name]
    references = {name: load for name, load in loads.items() if name != OURS.name}
    cases = [
        Case(f"{shape.name}, against {name}", ours.rate, load.rate, "1/s", shape.target(name))
        for name, load in references.items()
    ]
    slowest = f"{shape.name}, p95, against {HANDWRITTEN}"
    return [*cases, Case(slowest, ours.p95, references[HANDWRITTEN].p95, "ms", QUICK)]
