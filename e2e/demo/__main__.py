"""`make demo`: one mission, three runs, a real application, through GraphQL alone.

With DEMO_EXIT=1 the stack is stopped at the end, and the exit code tells whether every expectation
was met; otherwise it is left running to look around in.
"""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from api.stack.errors import StackError
from e2e.demo import documents, show, stack
from e2e.demo.client import Client
from e2e.demo.results import RunResult, list_disappointments, read_run, write_summary
from e2e.demo.scenario import TESTS
from e2e.demo.site import AFTER, BEFORE, SiteVersion, install, serve

DIRECTORY = Path(os.environ.get("METAMORPH_VAR_DIR", "var")) / "demo"


@dataclass(frozen=True)
class Target:
    """The application under test: where it is, and its administrator's password."""

    port: int
    password: str

    @property
    def host(self) -> str:
        """As the workspace allows it."""
        return f"127.0.0.1:{self.port}"


def main() -> int:
    """Show it; what a machine cannot give is one line, not a traceback."""
    try:
        return demonstrate_all()
    except subprocess.CalledProcessError as error:  # the command said itself what was wrong
        return error.returncode
    except (StackError, OSError) as error:
        show.console.print(f"[red]✗[/] {error}")
        return 1


def demonstrate_all() -> int:
    """Start, show, stop or stay."""
    leaves = os.environ.get("DEMO_EXIT") != "1"
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    show.console.rule("Metamorph")
    show.console.print("Installing two versions of Django to test against …")
    for version in (BEFORE, AFTER):
        install(version, DIRECTORY)
    stack.call("up")
    try:
        email, password = stack.make_administrator(DIRECTORY)
        runs = asyncio.run(demonstrate(email, password))
    finally:
        if not leaves:
            stack.call("down")
    disappointments = list_disappointments(runs)
    write_summary(DIRECTORY / "summary.json", runs, disappointments)
    tell(runs, disappointments, email if leaves else None)
    return 1 if disappointments else 0


async def demonstrate(email: str, password: str) -> list[RunResult]:
    """Act as a client: sign in, build the mission, run it three times."""
    client = Client(stack.api_url())
    target = Target(free_port(), secrets.token_urlsafe(12))
    try:
        await client.log_in(email, password)
        mission = await build_mission(client, target)
        with serve(BEFORE, target.port, target.password, DIRECTORY):
            first = await run_mission(client, mission, 1, BEFORE)
            second = await run_mission(client, mission, 2, BEFORE)
        show.show_two_runs(first, second)
        with serve(AFTER, target.port, target.password, DIRECTORY):
            third = await run_mission(client, mission, 3, AFTER)
        show.show_changed_site(third)
    finally:
        await client.close()
    return [first, second, third]


async def build_mission(client: Client, target: Target) -> str:
    """Allow the site, create templates, and a mission from them; returns its id."""
    workspace = (await client.query(documents.ME))["me"]["workspace"]
    await client.mutate(
        "updateWorkspace",
        documents.UPDATE_WORKSPACE,
        {
            "id": workspace["id"],
            "expectedVersion": workspace["version"],
            "allowedHosts": [target.host],
        },
    )
    tests = []
    for test in TESTS:
        payload = await client.mutate(
            "createTestTemplate",
            documents.CREATE_TEST,
            {
                "name": test.name,
                "description": test.description,
                "kind": "BROWSER",
                "steps": test.steps,
                "parameters": test.declared(),
                "tags": test.tags,
                "timeoutSeconds": 60,
            },
        )
        tests.append({"testId": payload["testTemplate"]["id"]})
    scenario = await client.mutate(
        "createScenarioTemplate",
        documents.CREATE_SCENARIO,
        {"name": "People in Django's admin", "tests": tests},
    )
    mission = await client.mutate(
        "createMission",
        documents.CREATE_MISSION,
        {
            "name": "Django admin, people and permissions",
            "scenarioTemplateIds": [scenario["scenarioTemplate"]["id"]],
            "baseUrl": f"http://{target.host}",
            "parameters": [
                {"name": "admin_password", "value": target.password},
                {"name": "new_password", "value": secrets.token_urlsafe(12)},
            ],
        },
    )
    identity: str = mission["mission"]["id"]
    return identity


async def run_mission(client: Client, mission: str, number: int, version: SiteVersion) -> RunResult:
    """Start a run and follow it over the subscription until it has ended."""
    show.console.print(f"\n[bold]Run {number}[/] against {version.label}")
    payload = await client.mutate(
        "startMission",
        documents.START_MISSION,
        {"id": mission, "idempotencyKey": secrets.token_hex(16)},
    )
    run = payload["run"]["id"]
    with show.Bars({test.name: len(test.steps) for test in TESTS}) as bars:
        async for event in client.watch(documents.PROGRESS, id=run, after=0):
            bars.show(event)
    node = (await client.query(documents.RUN, id=run))["node"]
    return read_run(number, version.label, node)


def tell(runs: list[RunResult], disappointments: list[str], email: str | None) -> None:
    """Say how it went and where to look further."""
    for one in disappointments:
        show.console.print(f"[red]✗[/] {one}")
    if not disappointments:
        show.console.print("[green]✓[/] Every expectation was met.")
    show.console.print(f"Summary: {DIRECTORY / 'summary.json'}")
    if email is None:
        return
    url = stack.api_url()
    show.console.print(f"GraphiQL: {url}/graphiql   (signed in as {email}, the password is in")
    show.console.print(f"          {DIRECTORY / stack.PEOPLE_FILE})")
    for run in runs:
        show.console.print(f"Report of run {run.number}: {run.report_url}", soft_wrap=True)
    show.console.print("Stop everything with: make down")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


if __name__ == "__main__":
    sys.exit(main())
