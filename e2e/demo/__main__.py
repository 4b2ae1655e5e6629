"""`make demo`: one mission, three runs, a real application, through GraphQL alone.

With DEMO_EXIT=1 the stack is stopped at the end, whoever started it; otherwise it is left running
to look around in. The exit code tells whether every expectation was met.
"""

import asyncio
import os
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from e2e.demo import documents, problems, show, stack
from e2e.demo.client import Client, GraphQLFailed
from e2e.demo.results import (
    Findings,
    RunResult,
    UnfinishedRun,
    list_disappointments,
    read_run,
    write_summary,
)
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
    """Show it, and write down what came of it, also where it broke in the middle."""
    findings = Findings()
    try:
        return demonstrate_all(findings)
    except BaseException as error:  # the edge: written down, told, or raised again
        line = problems.describe(error)
        reason = line or f"{type(error).__name__}: {error}"
        if findings.unfinished is not None:
            reason = f"Run {findings.unfinished.number}: {reason}"
        summary = note_failure(findings, reason)
        if line is None:
            raise
        show.console.print(f"[red]✗[/] {escape(reason)}", soft_wrap=True)
        show.console.print(summary, soft_wrap=True)
        if stack.is_running():
            show.console.print("Stop everything with: make down")
        return problems.exit_code(error)


def note_failure(findings: Findings, reason: str) -> str:
    """Write the summary of a demo that broke; returns the line that says where it is."""
    path = DIRECTORY / "summary.json"
    try:
        write_summary(path, findings, error=reason)
    except OSError as error:
        return f"No summary: {problems.describe(error)}"
    return f"Summary: {path}"


def demonstrate_all(findings: Findings) -> int:
    """Start, show, stop or stay."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    show.console.rule("Metamorph")
    show.console.print("Installing two versions of Django to test against …")
    for version in (BEFORE, AFTER):
        install(version, DIRECTORY)
    leaves = os.environ.get("DEMO_EXIT") != "1"
    stack.call("up")
    try:
        email, password = stack.make_administrator(DIRECTORY)
        asyncio.run(demonstrate(email, password, findings))
    finally:
        if not leaves:
            stack.call("down")
    disappointments = list_disappointments(findings.runs)
    write_summary(DIRECTORY / "summary.json", findings)
    tell(findings.runs, disappointments, email if leaves else None)
    return 1 if disappointments else 0


async def demonstrate(email: str, password: str, findings: Findings) -> None:
    """Act as a client: sign in, build the mission, run it three times."""
    client = Client(stack.api_url())
    target = Target(free_port(), secrets.token_urlsafe(12))
    try:
        await log_in(client, email, password)
        mission = await build_mission(client, target)
        with serve(BEFORE, target.port, target.password, DIRECTORY):
            first = await run_mission(client, mission, BEFORE, findings)
            second = await run_mission(client, mission, BEFORE, findings)
        show.show_two_runs(first, second)
        with serve(AFTER, target.port, target.password, DIRECTORY):
            third = await run_mission(client, mission, AFTER, findings)
        show.show_changed_site(third)
    finally:
        await client.close()


async def log_in(client: Client, email: str, password: str) -> None:
    """Sign in as the demo's administrator.

    Raises:
        GraphQLFailed: names the file to delete when the account is another database's.
    """
    try:
        await client.log_in(email, password)
    except GraphQLFailed as error:
        path = DIRECTORY / stack.PEOPLE_FILE
        raise GraphQLFailed(
            f"{email} cannot sign in: {error} If the database is another one than last time, "
            f"delete {path} and run the demo again."
        ) from error


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


async def run_mission(
    client: Client, mission: str, version: SiteVersion, findings: Findings
) -> RunResult:
    """Start a run and follow it over the subscription until it has ended."""
    number = len(findings.runs) + 1
    findings.unfinished = UnfinishedRun(number, version.label)
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
            findings.unfinished.note(event)
    node = (await client.query(documents.RUN, id=run))["node"]
    result = read_run(number, version.label, node)
    findings.runs.append(result)
    findings.unfinished = None
    return result


def tell(runs: list[RunResult], disappointments: list[str], email: str | None) -> None:
    """Say how it went and where to look further."""
    for one in disappointments:
        show.console.print(f"[red]✗[/] {escape(one)}", soft_wrap=True)
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
