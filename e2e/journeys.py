"""What the journeys do over and over: make a mission, run it, read how it ended."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from e2e.demo import documents
from e2e.demo.client import Client

Steps = list[dict[str, object]]
Json = dict[str, Any]

TERMINAL = {"SUCCEEDED", "FAILED", "CANCELED", "TIMED_OUT", "ABANDONED"}

GREET: Steps = [
    {"kind": "goto", "url": "/"},
    {"kind": "fill", "selector": "input[name=name]", "value": "Ada"},
    {"kind": "act", "instruction": "click the Greet button"},
    {"kind": "expect_text", "selector": "h1", "text": "Hello, Ada!"},
]
HELD: Steps = [
    {"kind": "goto", "url": "/held", "timeout_seconds": 50},
    {"kind": "expect_text", "selector": "h1", "text": "Who are you?"},
]

RUN = """
query($id: ID!) {
  execution(id: $id) {
    status reportUrl milliseconds lastSeq
    children(first: 10) {
      edges {
        node {
          id title status attempt error { code message }
          evidence { kind name stepIndex contentType sizeBytes downloadUrl }
          decisions { stepIndex }
          events(first: 50) { edges { node { seq kind data } } }
        }
      }
    }
  }
}"""

PROGRESS = """
subscription($id: ID!, $after: Int!) {
  missionProgress(id: $id, after: $after) { seq kind title status stepIndex }
}"""

CANCEL = """
mutation($input: CancelRunInput!) {
  cancelRun(input: $input) { userErrors { message field } }
}"""

CREATE_UPLOAD = """
mutation($input: CreateEvidenceUploadInput!) {
  createEvidenceUpload(input: $input) {
    uploadUrl evidence { id } userErrors { message field }
  }
}"""

COMPLETE_UPLOAD = """
mutation($input: CompleteEvidenceUploadInput!) {
  completeEvidenceUpload(input: $input) { userErrors { message field } }
}"""


@dataclass(frozen=True)
class Outcome:
    """A run as it ended."""

    run: Json

    @property
    def tests(self) -> dict[str, Json]:
        """Its tests by name."""
        nodes = (edge["node"] for edge in self.run["children"]["edges"])
        return {node["title"]: node for node in nodes}

    def endings_of(self, name: str) -> list[str]:
        """Every terminal state that a test's stream of events tells of."""
        events = [edge["node"] for edge in self.tests[name]["events"]["edges"]]
        states = [str(event["data"].get("status", "")).upper() for event in events]
        return [state for state in states if state in TERMINAL]


async def allow_hosts(client: Client, *hosts: str) -> None:
    """Let the workspace reach exactly these."""
    workspace = (await client.query(documents.ME))["me"]["workspace"]
    change = {"id": workspace["id"], "expectedVersion": workspace["version"]}
    await client.mutate(
        "updateWorkspace", documents.UPDATE_WORKSPACE, change | {"allowedHosts": list(hosts)}
    )


async def make_mission(client: Client, base_url: str, tests: dict[str, Steps]) -> str:
    """Templates, a scenario and a mission of these tests; returns the mission's id."""
    chosen = []
    for name, steps in tests.items():
        template = {"name": name, "kind": "BROWSER", "steps": steps, "timeoutSeconds": 60}
        made = await client.mutate("createTestTemplate", documents.CREATE_TEST, template)
        chosen.append({"testId": made["testTemplate"]["id"]})
    name = f"Journey {secrets.token_hex(4)}"
    scenario = await client.mutate(
        "createScenarioTemplate", documents.CREATE_SCENARIO, {"name": name, "tests": chosen}
    )
    scenarios = [scenario["scenarioTemplate"]["id"]]
    mission = await client.mutate(
        "createMission",
        documents.CREATE_MISSION,
        {"name": name, "scenarioTemplateIds": scenarios, "baseUrl": base_url},
    )
    identity: str = mission["mission"]["id"]
    return identity


async def start(client: Client, mission: str) -> str:
    """Start a run; returns its id."""
    key = {"id": mission, "idempotencyKey": secrets.token_hex(16)}
    run: str = (await client.mutate("startMission", documents.START_MISSION, key))["run"]["id"]
    return run


async def cancel(client: Client, run: str) -> None:
    """Ask for the end of a run."""
    await client.mutate("cancelRun", CANCEL, {"id": run})


async def upload(client: Client, execution: str, name: str, data: bytes) -> None:
    """Add a file to an execution, as evidence."""
    announced = await client.mutate(
        "createEvidenceUpload",
        CREATE_UPLOAD,
        {
            "executionId": execution,
            "name": name,
            "contentType": "text/plain",
            "sizeBytes": len(data),
        },
    )
    async with httpx.AsyncClient() as anyone:
        answer = await anyone.put(announced["uploadUrl"], content=data)
    assert answer.is_success, answer.text
    file = {"id": announced["evidence"]["id"], "sha256": hashlib.sha256(data).hexdigest()}
    await client.mutate("completeEvidenceUpload", COMPLETE_UPLOAD, file)


async def follow(client: Client, run: str, after: int = 0) -> list[Json]:
    """Every event of a run after `after`, until it has ended."""
    return [event async for event in client.watch(PROGRESS, id=run, after=after)]


async def read(client: Client, run: str) -> Outcome:
    """How a run ended."""
    return Outcome((await client.query(RUN, id=run))["execution"])
