"""Case 17 and 29: two workspaces with the same data; no id of one says anything in the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from api.routes.evidence import PATH
from domain.accounts.sessions import Authority
from domain.evidence.links import LinkVerb
from domain.shared.ids import new_id
from graph.schema import NODES, schema
from graph.support.ids import encode_id
from tests.factories.furnished import Furnished, furnish
from tests.factories.workspaces import Tenant
from tests.fixtures.database import Databases
from tests.fixtures.people import Answer, Ask, MakeMember
from tests.graph.pointing import KINDS, Place, list_places, write_pointing

pytestmark = pytest.mark.integration

CORE = schema._schema
PLACES = list(list_places(CORE))
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


@dataclass(frozen=True)
class Twins:
    """Two workspaces that hold the same."""

    ours: Furnished
    theirs: Furnished


@pytest.fixture
async def twins(
    databases: Databases, authority: Authority, workspace_member: MakeMember, parts, tmp_path: Path
) -> Twins:
    """Two workspaces with one of everything."""
    both = []
    for _ in range(2):
        owner = await workspace_member()
        tenant = Tenant(databases, owner.actor)
        both.append(await furnish(tenant, owner, authority, parts.storage, tmp_path))
    return Twins(*both)


def test_what_every_id_is_of_is_decided():
    assert {place.owner for place in PLACES} == KINDS.keys()


async def point(ask: Ask, twins: Twins, place: Place, target: UUID) -> Answer:
    """Send an id in one place, and our own ids in the others."""
    ours = {
        other.path: encode_id(KINDS[other.owner], twins.ours.ids[KINDS[other.owner]])
        for other in PLACES
        if other.field == place.field and other.path != place.path and is_required(other)
    }
    values = {**ours, place.path: encode_id(KINDS[place.owner], target)}
    document, variables = write_pointing(CORE, place, values)
    return await ask(document, by=twins.ours.owner, **variables)


def is_required(place: Place) -> bool:
    """Whether the field cannot be asked without this id."""
    return not place.owner.split(".")[0].endswith("Filter")


def tell(answer: Answer) -> Mapping[str, object]:
    """What a client learns: everything but the number of the request."""
    errors = [
        {
            "message": error["message"],
            "path": error.get("path"),
            "code": error["extensions"]["code"],
        }
        for error in answer.body.get("errors", [])
    ]
    return {"status": answer.status, "data": answer.body.get("data"), "errors": errors}


def finds_nothing(told: Mapping[str, object]) -> bool:
    """Whether the answer says that nothing is there: not found, null, or an empty list."""
    text = str(told)
    if "NOT_FOUND" in text or "was not found" in text:
        return True
    data = told["data"]
    value = next(iter(data.values())) if isinstance(data, dict) else data
    is_empty = isinstance(value, dict) and value.get("totalCount") == 0
    return not told["errors"] and (value is None or is_empty)


async def test_case_17_an_id_of_elsewhere_answers_as_one_that_leads_nowhere(ask: Ask, twins: Twins):
    wrong = []
    for place in PLACES:
        missing = tell(await point(ask, twins, place, new_id()))
        foreign = tell(await point(ask, twins, place, twins.theirs.ids[KINDS[place.owner]]))
        if foreign != missing or not finds_nothing(foreign):
            wrong.append(f"{place}: {foreign} where a missing one gets {missing}")
    assert wrong == []


async def test_case_17_every_type_of_elsewhere_is_null_and_ours_is_not(ask: Ask, twins: Twins):
    for kind in NODES:
        for furnished, expected in ((twins.theirs, None), (twins.ours, kind)):
            target = encode_id(kind, furnished.ids[kind])
            found = (await ask(NODE, by=twins.ours.owner, id=target)).data["node"]
            assert (found and found["__typename"]) == expected, kind


async def test_case_17_a_wrong_type_leads_nowhere(ask: Ask, twins: Twins):
    for kind in NODES:
        for other in NODES.keys() - {kind, "Member", "Account"}:
            target = encode_id(other, twins.ours.ids[kind])
            if twins.ours.ids[kind] != twins.ours.ids[other]:
                answer = await ask(NODE, by=twins.ours.owner, id=target)
                assert answer.data == {"node": None}, (kind, other)


async def test_lists_hold_nothing_of_elsewhere(ask: Ask, twins: Twins):
    theirs = {encode_id(kind, one) for kind, one in twins.theirs.ids.items()}
    lists = "members executions elements missions testTemplates scenarioTemplates invitations"
    seen = set()
    for name in lists.split():
        document = f"{{ {name}(first: 100) {{ edges {{ node {{ id }} }} }} }}"
        edges = (await ask(document, by=twins.ours.owner)).data[name]["edges"]
        assert edges, name
        seen |= {edge["node"]["id"] for edge in edges}
    seen |= {
        one["id"] for one in (await ask("{ groups { id } }", by=twins.ours.owner)).data["groups"]
    }
    assert not seen & theirs


async def test_case_17_reports_of_elsewhere_answer_as_missing_ones(
    client: httpx.AsyncClient, twins: Twins
):
    answers = []
    for execution_id in (twins.theirs.ids["Execution"], new_id()):
        answer = await client.get(
            f"/reports/executions/{execution_id}", headers=twins.ours.owner.headers
        )
        answers.append((answer.status_code, strip(answer)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    ours = twins.ours.ids["Execution"]
    own = await client.get(f"/reports/executions/{ours}", headers=twins.ours.owner.headers)
    assert own.status_code == 200


async def test_case_17_a_signed_link_opens_nothing_of_another_workspace(
    client: httpx.AsyncClient, twins: Twins, parts
):
    """Not even a link that we signed ourselves: the workspace in it decides what is there."""
    here = twins.ours.tenant.workspace_id
    answers = []
    for file_id in (twins.theirs.ids["EvidenceFile"], new_id()):
        answer = await download(client, parts, here, file_id)
        answers.append((answer.status_code, strip(answer)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    own = await download(client, parts, here, twins.ours.ids["EvidenceFile"])
    assert own.status_code == 200


async def download(
    client: httpx.AsyncClient, parts, workspace_id: UUID, file_id: UUID
) -> httpx.Response:
    token = parts.signer.sign(LinkVerb.DOWNLOAD, workspace_id, file_id)
    return await client.get(PATH.format(token=token))


async def test_signed_links_of_a_deleted_workspace_open_nothing(
    ask: Ask, client: httpx.AsyncClient, twins: Twins, parts
):
    ours, file_id = twins.ours, twins.ours.ids["EvidenceFile"]
    here, execution = ours.tenant.workspace_id, encode_id("Execution", ours.ids["Execution"])
    document = "query ($id: ID!) { execution(id: $id) { reportUrl } }"
    link = (await ask(document, by=ours.owner, id=execution)).data["execution"]["reportUrl"]
    assert (await client.get(link)).status_code == 200
    delete = "mutation ($input: DeleteWorkspaceInput!) { deleteWorkspace(input: $input) { purgedAfter } }"
    given = {"id": encode_id("Workspace", here)}
    assert (await ask(delete, by=ours.owner, input=given)).data["deleteWorkspace"]["purgedAfter"]
    assert (await client.get(link)).status_code == 404
    assert (await download(client, parts, here, file_id)).status_code == 404


def strip(answer: httpx.Response) -> str:
    """The body without the number of the request."""
    return answer.text.replace(answer.headers.get("x-request-id", "-"), "")
