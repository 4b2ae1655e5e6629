"""Password hashes: slow on purpose, few at a time, and silent about who exists."""

import asyncio
import threading

import pytest

from domain.accounts.passwords import MEMORY_KIB, WAITING_HASHES, Passwords
from domain.shared.errors import Unavailable
from tests.factories.accounts import CHEAP_MEMORY_KIB

pytestmark = pytest.mark.unit


@pytest.fixture
def passwords():
    cheap = Passwords(memory_kib=CHEAP_MEMORY_KIB)
    yield cheap
    cheap.close()


async def test_only_the_same_password_matches(passwords: Passwords):
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "correct house")


async def test_the_same_characters_match_however_they_are_composed(passwords: Passwords):
    stored = await passwords.hash("caf\u00e9 au lait")
    assert await passwords.verify(stored, "cafe\u0301 au lait")


async def test_long_passwords_count_to_their_end(passwords: Passwords):
    stored = await passwords.hash("x" * 1000 + "1")
    assert not await passwords.verify(stored, "x" * 1000 + "2")


async def test_nobody_has_no_password_but_costs_a_hash_all_the_same(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
):
    computed: list[str] = []
    matches = passwords._matches
    monkeypatch.setattr(passwords, "_matches", lambda *args: computed.append("x") or matches(*args))
    assert not await passwords.verify(None, "anything")
    assert len(computed) == 1


async def test_a_broken_hash_matches_nothing(passwords: Passwords):
    assert not await passwords.verify("-", "anything")


async def test_a_hash_with_other_parameters_is_to_be_renewed(passwords: Passwords):
    stored = await passwords.hash("correct horse")
    assert not passwords.needs_rehash(stored)
    assert Passwords().needs_rehash(stored)
    assert f"m={MEMORY_KIB}," in await Passwords().hash("correct horse")


async def test_no_more_hashes_are_computed_at_once_than_allowed(monkeypatch: pytest.MonkeyPatch):
    passwords = Passwords(parallel=2, memory_kib=CHEAP_MEMORY_KIB)
    running, most, lock = 0, 0, threading.Lock()
    both = threading.Barrier(2, timeout=10)

    def matches(stored: str, password: str) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both.wait()
        with lock:
            running -= 1
        return True

    monkeypatch.setattr(passwords, "_matches", matches)
    assert all(await asyncio.gather(*(passwords.verify("-", "x") for _ in range(10))))
    assert most == 2
    passwords.close()


async def test_whoever_would_wait_too_long_is_sent_away(monkeypatch: pytest.MonkeyPatch):
    passwords = Passwords(parallel=1, memory_kib=CHEAP_MEMORY_KIB)
    go = threading.Event()
    monkeypatch.setattr(passwords, "_matches", lambda *_: go.wait(10))
    waiting = [asyncio.create_task(passwords.verify("-", "x")) for _ in range(WAITING_HASHES)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await passwords.verify("-", "x")
    assert refused.value.retry_after_seconds == 5
    go.set()
    assert all(await asyncio.gather(*waiting))
    assert await passwords.verify("-", "x")
    passwords.close()
