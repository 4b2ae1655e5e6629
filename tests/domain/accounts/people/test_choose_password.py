"""What a new password must be: long enough, not easily guessed, and otherwise anything."""

import asyncio
import threading
import time

import pytest

from domain.accounts.passwords import PARALLEL_HASHES, WAITING_HASHES, Passwords, is_guessable
from domain.accounts.people.change_password import ChangePassword, change_password
from domain.accounts.people.choose_password import check_chosen_password
from domain.shared.checks import Checks
from domain.shared.errors import Invalid, Unavailable
from tests.domain.accounts.people.someone import House, outcome_of
from tests.factories.accounts import CHEAP_MEMORY_KIB, PASSWORD

pytestmark = pytest.mark.integration

LONG = "the wind in the willows and the river beyond the wild wood, and so on until the end"
WORST = "4@8({[<369&#!1/|0$5+7%2" * 4
WIDE = "".join(chr(ord(one) + 0xFEE0) for one in "password1234")
SECONDS = 3.0


async def judge(house: House, password: str, *about: str) -> str:
    """Why a password is refused; empty where it is not."""
    checks = Checks()
    await check_chosen_password(checks, house.authority, password, about, ("password",))
    try:
        checks.settle()
    except Invalid as refused:
        return refused.message
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "passwordpassword",
        "P@ssw0rd1234",
        "qwertyuiop12",
        "123456789012",
        "1234567890!@#$%^&*()",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "metamorph123",
        "iloveyou1234",
        WIDE,
    ],
)
async def test_case_39_what_everybody_uses_is_refused(house: House, password: str):
    assert "easy to guess" in await judge(house, password)


@pytest.mark.parametrize(
    "password",
    [
        LONG,
        "x9" + LONG[:62],
        "Grüße aus Köln, Ähre",
        "пароль который никто не знает",
        "正確な馬の電池ステープル縦書き",
        "🐎🔋📎✅ staple and horse",
        "  leading and trailing spaces  ",
        "lowercaseonlybutverylongindeed",
        "tab\tand newline\nare characters",
    ],
)
async def test_case_39_long_passwords_in_any_script_work(house: House, password: str):
    kim = await house.member()
    assert await judge(house, password) == ""
    command = ChangePassword(PASSWORD, password)
    await change_password(house.units, house.authority, kim.actor, command)
    await house.sign_in(kim.person.email, password)
    for other in (password.strip() + "x", password[:-1]):
        assert await outcome_of(house.sign_in(kim.person.email, other)) == "WrongCredentials"


async def test_case_39_a_password_is_the_same_however_a_keyboard_composes_it(house: House):
    kim = await house.member()
    composed = "Gr\u00fc\u00dfe von \u00c5se und Zo\u00eb"
    decomposed = "Gru\u0308\u00dfe von A\u030ase und Zoe\u0308"
    command = ChangePassword(PASSWORD, composed)
    await change_password(house.units, house.authority, kim.actor, command)
    assert await house.stands(await house.sign_in(kim.person.email, decomposed))


async def test_nothing_but_length_and_guessing_is_asked(house: House):
    assert "at least 12" in await judge(house, "X9$kq!vb2Lm")
    assert "at least 12" in await judge(house, "u\u0308i\u0301e\u0300n\u0303o\u0302y\u0301")
    assert await judge(house, "X9$kq!vb2Lmz") == ""
    assert "longer than 1024" in await judge(house, LONG * 20)


def test_no_password_keeps_the_judge_busy_for_long():
    is_guessable("to load its lists first", [])
    begun = time.thread_time()
    assert not is_guessable(WORST, [])
    assert time.thread_time() - begun < SECONDS


async def test_case_39_hashes_are_computed_a_few_at_a_time_and_the_rest_is_sent_away(monkeypatch):
    passwords = Passwords(memory_kib=CHEAP_MEMORY_KIB)
    running, most, release = 0, 0, threading.Event()
    lock = threading.Lock()

    def hash_slowly(self: Passwords, stored: str, password: str) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        release.wait(10)
        with lock:
            running -= 1
        return False

    monkeypatch.setattr(Passwords, "_matches", hash_slowly)
    waiting = [asyncio.ensure_future(passwords.verify("x", "y")) for _ in range(WAITING_HASHES)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="Too many people"):
        await passwords.verify("x", "y")
    release.set()
    assert await asyncio.gather(*waiting) == [False] * WAITING_HASHES
    assert most == PARALLEL_HASHES
    passwords.close()
