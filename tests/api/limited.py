"""An API in this process that counts for real, asked from whatever address a test likes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import httpx
from redis.asyncio import Redis
from starlette.types import ASGIApp

from api.app import Parts, assemble
from api.budgets import Budgets
from api.metrics import Metrics
from domain.accounts.attempts import CountedAttempts
from domain.accounts.passwords import Passwords
from domain.shared.windows import Windows
from tests.factories.accounts import ISSUER
from tests.fixtures.people import Member

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
CHEAP = "{ __typename }"
WRONG = "wrong horse battery staple"


def new_address() -> str:
    """An address of which nothing was counted yet, in an IPv6 network of its own."""
    network = uuid4().hex[:12]
    return f"2001:{network[:4]}:{network[4:8]}:{network[8:]}::1"


@dataclass(frozen=True)
class Limited:
    """Sends requests."""

    app: ASGIApp
    passwords: Passwords

    async def send(
        self,
        method: str,
        path: str,
        *,
        by: Member | None = None,
        address: str | None = None,
        **options: Any,
    ) -> httpx.Response:
        """One request, from a new address unless one is given."""
        client = (address or new_address(), 40000)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=client)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
            headers = {**(by.headers if by else {}), **options.pop("headers", {})}
            return await http.request(method, path, headers=headers, **options)

    async def ask(
        self, document: str = CHEAP, *, variables: dict[str, object] | None = None, **options: Any
    ) -> httpx.Response:
        """One GraphQL operation."""
        body = {"query": document, "variables": variables or {}}
        return await self.send("POST", "/graphql", json=body, **options)

    async def log_in(self, email: str, password: str = WRONG, **options: Any) -> httpx.Response:
        """One attempt."""
        given = {"input": {"email": email, "password": password}}
        return await self.ask(LOGIN, variables=given, **options)


async def statuses(api: Limited, count: int, **options: Any) -> list[int]:
    """The statuses of so many cheap operations, one after the other."""
    return [(await api.ask(**options)).status_code for _ in range(count)]


@asynccontextmanager
async def limited(
    parts: Parts, redis: Redis, patience_seconds: float = 5, **settings: object
) -> AsyncIterator[Limited]:
    """The API with these settings, counting in this Redis."""
    chosen = parts.settings.model_copy(update=settings)
    windows = Windows(redis, patience_seconds=patience_seconds)
    made = replace(
        parts,
        settings=chosen,
        metrics=Metrics(),
        budgets=Budgets(windows, chosen),
        authority=replace(parts.authority, attempts=CountedAttempts(windows)),
    )
    yield Limited(assemble(made), made.authority.passwords)


def code_of(answer: httpx.Response) -> str:
    """The code of the first error at the top."""
    code: str = answer.json()["errors"][0]["extensions"]["code"]
    return code
