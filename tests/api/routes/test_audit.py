"""The audit log as a file: whole, for those who may see it, and harmless in a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime

import httpx
import orjson
import pytest

from domain.audit.rules import begin_chain, hash_entry
from domain.shared.audit import Entity, Entry
from domain.shared.ids import new_id
from domain.shared.jobs import SilentOutlet
from domain.shared.origin import Origin
from domain.shared.unit_of_work import UnitsOfWork
from tests.fixtures.database import Databases
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration

FORMULA = '\t=HYPERLINK("http://a.test","x");=1'


async def tell(databases: Databases, member: Member, *labels: str, device: str = "") -> None:
    units = UnitsOfWork(databases.app, SilentOutlet(), origin=Origin(device, "192.0.2.7"))
    async with units.begin(member.actor.workspace_id, member.actor.user_id) as uow:
        for label in labels:
            entity = Entity("Mission", new_id(), label)
            uow.audit(Entry("mission.update", member.actor, entity, {"n": 1}, {"n": label}))


@pytest.fixture
async def kim(workspace_member) -> Member:
    """Somebody in charge of a workspace."""
    return await workspace_member()


def read_rows(answer: httpx.Response) -> Sequence[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_csv_has_a_header_and_a_line_for_every_entry(
    client: httpx.AsyncClient, databases: Databases, kim: Member
):
    await tell(databases, kim, "M1", "M2")
    answer = await client.get("/api/v1/audit.csv", headers=kim.headers)
    rows = read_rows(answer)
    assert [row["seq"] for row in rows] == [str(number + 1) for number in range(len(rows))]
    assert [row["entity_label"] for row in rows if row["entity_type"] == "Mission"] == ["M1", "M2"]
    assert rows[-1]["action"] == "audit.export"
    assert answer.text.count("\r\n") == len(rows) + 1
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    assert answer.headers["content-type"].startswith("text/csv")


async def test_case_60_no_cell_of_the_csv_is_a_formula(
    client: httpx.AsyncClient, databases: Databases, kim: Member
):
    await tell(databases, kim, FORMULA, device=FORMULA)
    answer = await client.get("/api/v1/audit.csv", headers=kim.headers)
    [row] = [row for row in read_rows(answer) if row["entity_type"] == "Mission"]
    shown = ' \'=HYPERLINK("http://a.test","x");\'=1'
    assert (row["entity_label"], row["device"]) == (shown, shown)
    assert orjson.loads(row["after"]) == {"n": FORMULA.replace(";=", ";'=")}


async def test_json_can_be_verified_by_whoever_has_it(
    client: httpx.AsyncClient, databases: Databases, kim: Member
):
    await tell(databases, kim, "M1", "Zoë")
    answer = await client.get("/api/v1/audit.json", headers=kim.headers)
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.json"'
    last = begin_chain(kim.actor.workspace_id)
    entries = orjson.loads(answer.content)
    for entry in entries:
        at = datetime.fromisoformat(entry["at"])
        last = hash_entry(last, entry["seq"], at, entry["record"])
        assert last.hex() == entry["hash"]
    assert [entry["entity_label"] for entry in entries][-3:] == ["M1", "Zoë", None]


async def test_an_export_longer_than_a_batch_is_whole(
    client: httpx.AsyncClient, databases: Databases, kim: Member, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("domain.audit.export.BATCH_SIZE", 2)
    await tell(databases, kim, *(f"M{number}" for number in range(7)))
    answer = await client.get("/api/v1/audit.csv?entity_type=Mission", headers=kim.headers)
    labels = [row["entity_label"] for row in read_rows(answer)]
    assert labels == [f"M{number}" for number in range(7)]


async def test_an_export_of_nothing_is_an_empty_list(client: httpx.AsyncClient, kim: Member):
    answer = await client.get("/api/v1/audit.json?action=nothing.such", headers=kim.headers)
    assert answer.json() == []


async def test_an_export_is_told_with_its_filter(client: httpx.AsyncClient, kim: Member):
    await client.get("/api/v1/audit.csv?search=x", headers={**kim.headers, "User-Agent": "curl"})
    answer = await client.get("/api/v1/audit.json?action=audit.export", headers=kim.headers)
    first, second = answer.json()
    assert (first["after"], first["device"]) == ({"format": "csv", "search": "x"}, "curl")
    assert second["after"] == {"format": "json", "action": "audit.export"}


@pytest.mark.parametrize("path", ["/api/v1/audit.csv", "/api/v1/audit.json"])
async def test_only_who_may_see_the_log_takes_it_along(
    client: httpx.AsyncClient, kim: Member, workspace_member, path: str
):
    editor = await workspace_member("editor", of=kim)
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers=editor.headers)).status_code == 403
    assert (await client.post(path, headers=kim.headers)).status_code == 405


async def test_case_42_an_export_holds_nothing_of_another_workspace(
    client: httpx.AsyncClient, databases: Databases, kim: Member, workspace_member
):
    stranger = await workspace_member()
    await tell(databases, stranger, "Theirs")
    answer = await client.get("/api/v1/audit.json", headers=kim.headers)
    assert "Theirs" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=0001-01-01T00:00:00%2B14:00",
        "since=2025-01-31T12:00:00",
        "actor_id=x",
        "colour=red",
        "action=a&action=b",
        f"search={'x' * 201}",
        "search=%00",
    ],
)
async def test_a_filter_that_cannot_be_is_refused(
    client: httpx.AsyncClient, kim: Member, query: str
):
    answer = await client.get(f"/api/v1/audit.csv?{query}", headers=kim.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_USER_INPUT")
