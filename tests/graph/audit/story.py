"""Carries out mutations one by one over HTTP, and notes what each wrote to the audit log."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pyotp
from graphql import GraphQLObjectType, get_named_type, is_composite_type
from sqlalchemy import text

from domain.accounts.sessions import Authority
from graph.schema import schema
from tests.fixtures.database import Databases
from tests.fixtures.people import Member

CORE = schema._schema
MUTATIONS = CORE.mutation_type.fields
KNOWN = ("id", "version")
Headers = Mapping[str, str]


def write_mutation(name: str) -> str:
    """A document that calls a mutation and asks for its errors, scalars, ids and versions."""
    payload = get_named_type(MUTATIONS[name].type)
    assert isinstance(payload, GraphQLObjectType)
    selected = ["userErrors { code message field }"]
    for key, one in payload.fields.items():
        named = get_named_type(one.type)
        if not is_composite_type(named):
            selected.append(key)
        elif key != "userErrors":
            inner = [known for known in KNOWN if known in named.fields]
            selected.append(f"{key} {{ {' '.join(inner)} }}")
    argument = MUTATIONS[name].args.get("input")
    head = "mutation" if argument is None else f"mutation ($input: {argument.type})"
    call = name if argument is None else f"{name}(input: $input)"
    return f"{head} {{ {call} {{ {' '.join(selected)} }} }}"


@dataclass
class Story:
    """One installation, and somebody in charge of a workspace there.

    Attributes:
        told: What every mutation that was carried out wrote: its actions.
        member: Makes further people.
    """

    client: httpx.AsyncClient
    databases: Databases
    authority: Authority
    member: Callable[..., Awaitable[Member]]
    kim: Member
    told: dict[str, list[str]] = field(default_factory=dict)

    async def do(self, name: str, headers: Headers | None = None, /, **given: object) -> Any:
        """Carry a mutation out as Kim, or whoever the headers name; returns its payload."""
        before = await self.count()
        body = {"query": write_mutation(name), "variables": {"input": given}}
        answer = await self.client.post(
            "/graphql", json=body, headers=self.kim.headers if headers is None else headers
        )
        assert "errors" not in answer.json(), (name, answer.json())
        payload = answer.json()["data"][name]
        assert payload["userErrors"] == [], (name, payload)
        self.told[name] = (await self.list_actions())[before:]
        return payload

    async def sign_in(self, email: str, password: str) -> Headers:
        """Begin a session; returns what its requests carry."""
        begun = await self.do("login", {}, email=email, password=password)
        return {"Authorization": f"Bearer {begun['accessToken']}"}

    async def read_as_owner(self, query: str, **values: object) -> list[Any]:
        """Rows as the owner of all tables sees them."""
        async with self.databases.app.session() as session:
            await session.execute(text("RESET ROLE"))
            return list((await session.execute(text(query), values)).scalars())

    async def count(self) -> int:
        """How many entries there are in all logs."""
        return len(await self.list_actions())

    async def list_actions(self) -> list[str]:
        """The actions of all logs in the order they were written."""
        return await self.read_as_owner("SELECT action FROM audit_entries ORDER BY at, seq")

    async def find_child(self, run_id: UUID) -> UUID:
        """The first test of a run."""
        query = "SELECT id FROM executions WHERE parent_id = :run ORDER BY position"
        return (await self.read_as_owner(query, run=run_id))[0]

    async def find_token(self, purpose: str) -> str:
        """The token in the newest mail of a kind."""
        query = "SELECT id FROM mail_links WHERE purpose = :purpose ORDER BY created_at DESC"
        [link_id, *_] = await self.read_as_owner(query, purpose=purpose)
        return self.authority.links.token_of(purpose, link_id)

    def make_code(self, secret: str) -> str:
        """What an authenticator app shows at this moment."""
        return pyotp.TOTP(secret).now()
