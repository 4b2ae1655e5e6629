"""Cases 17 and 29 over a socket: one of our sessions finds nothing of another workspace through it.

Every subscription there is and every query that takes an id is asked over one connection: with an id
of ours, which leads somewhere, with one of elsewhere, and with one that leads nowhere.
"""

from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from graphql import OperationType
from websockets.asyncio.client import ClientConnection

from api.app import Parts
from domain.accounts.sessions import Authority
from domain.shared.ids import new_id
from graph.schema import schema
from graph.support.ids import encode_id
from tests.factories.furnished import Furnished, furnish
from tests.factories.workspaces import Tenant
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember
from tests.graph.accounts.live import hear, open_socket, say_to, serve
from tests.graph.decisions import SUBSCRIPTIONS
from tests.graph.pointing import KINDS, Place, list_places, write_pointing

pytestmark = pytest.mark.integration

CORE = schema._schema
PLACES = [place for place in list_places(CORE) if place.kind is not OperationType.MUTATION]
NUMBERS = count(1)


def test_every_subscription_takes_an_id_that_is_tried():
    tried = {place.field for place in PLACES if place.kind is OperationType.SUBSCRIPTION}
    assert tried == SUBSCRIPTIONS.keys()


async def ask_over(socket: ClientConnection, place: Place, target: UUID) -> dict[str, Any]:
    """What the socket says first about an operation that points there, without its numbers."""
    identity = str(next(NUMBERS))
    values = {place.path: encode_id(KINDS[place.owner], target)}
    query, variables = write_pointing(CORE, place, values)
    payload = {"query": query, "variables": variables}
    await say_to(socket, type="subscribe", id=identity, payload=payload)
    while (message := await hear(socket)).get("id") != identity:
        continue  # the end of the one before
    await say_to(socket, type="complete", id=identity)
    told = message.get("payload", {})
    errors = told if message["type"] == "error" else told.get("errors", [])
    return {
        "type": message["type"],
        "data": told["data"] if message["type"] == "next" else None,
        "errors": [(one["extensions"]["code"], one["message"]) for one in errors],
    }


def is_filter(place: Place) -> bool:
    """Whether the id only narrows a list, which may hold nothing of ours either."""
    return place.owner.partition(".")[0].endswith("Filter")


def finds_something(told: dict[str, Any]) -> bool:
    """Whether there is something in the answer, and nothing wrong with it.

    A stream that ends in peace without an event is one of something that is there.
    """
    if told["type"] == "complete":
        return True
    value = next(iter((told["data"] or {"": None}).values()))
    return not told["errors"] and value is not None and value != {"totalCount": 0, "edges": []}


async def furnish_new(
    databases: Databases, authority: Authority, make: MakeMember, parts: Parts, directory: Path
) -> Furnished:
    """A workspace with one of everything."""
    owner = await make()
    tenant = Tenant(databases, owner.actor)
    return await furnish(tenant, owner, authority, parts.storage, directory)


async def test_case_29_a_socket_leads_to_nothing_of_another_workspace(
    databases: Databases,
    authority: Authority,
    workspace_member: MakeMember,
    parts: Parts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    given = (databases, authority, workspace_member, parts, tmp_path)
    ours, theirs = await furnish_new(*given), await furnish_new(*given)
    wrong = []
    async with (
        serve(parts, monkeypatch) as url,
        open_socket(url, ours.owner.signed_in.access_token) as socket,
    ):
        assert (await hear(socket))["type"] == "connection_ack"
        for place in PLACES:
            kind = KINDS[place.owner]
            own = await ask_over(socket, place, ours.ids[kind])
            foreign = await ask_over(socket, place, theirs.ids[kind])
            missing = await ask_over(socket, place, new_id())
            if not finds_something(own) and not is_filter(place):
                wrong.append(f"{place}: {own} of our own")
            if foreign != missing or finds_something(foreign):
                wrong.append(f"{place}: {foreign} where a missing one gets {missing}")
    assert wrong == []
