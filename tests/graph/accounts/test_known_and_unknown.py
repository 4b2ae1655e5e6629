"""How long an answer takes says nothing about who has an account, measured with real hashes."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from domain.accounts.passwords import Passwords
from domain.accounts.sessions import Authority
from domain.shared.clock import SystemClock
from tests.factories.accounts import make_authority
from tests.fixtures.people import MakeMember
from tests.graph.accounts.asked import (
    LOGIN,
    NEW_PASSWORD,
    REGISTER,
    REQUEST_RESET,
    new_address,
    registration,
)

pytestmark = pytest.mark.integration

MOST = 1.4
"""How far apart two medians may be on a machine that has other things to do."""


@pytest.fixture
def authority(keys_directory: Path) -> Authority:
    """An authority whose hashes cost what they cost in production."""
    cheap = make_authority(keys_directory, SystemClock())
    cheap.passwords.close()
    return replace(cheap, passwords=Passwords())


def reset(email: str) -> dict[str, object]:
    return {"email": email}


def wrong_password(email: str) -> dict[str, object]:
    return {"email": email, "password": NEW_PASSWORD}


ASKED = {
    "register": (REGISTER, registration, 15),
    "reset": (REQUEST_RESET, reset, 75),
    "login": (LOGIN, wrong_password, 15),
}


@pytest.mark.parametrize(("document", "make", "samples"), ASKED.values(), ids=ASKED.keys())
async def test_case_36_known_and_unknown_addresses_take_the_same_time(
    client: httpx.AsyncClient,
    workspace_member: MakeMember,
    document: str,
    make: Callable[[str], dict[str, object]],
    samples: int,
):
    kim = await workspace_member()

    async def measure(email: str) -> float:
        body = {"query": document, "variables": {"input": make(email)}}
        begun = time.perf_counter()
        answer = await client.post("/graphql", json=body)
        took = time.perf_counter() - begun
        assert answer.status_code == 200
        return took

    for email in (kim.person.email, new_address()):  # what happens once only
        await measure(email)
    pairs = [
        (await measure(kim.person.email), await measure(new_address())) for _ in range(samples)
    ]
    known, unknown = (statistics.median(column) for column in zip(*pairs, strict=True))
    assert max(known, unknown) / min(known, unknown) < MOST, (known, unknown)
