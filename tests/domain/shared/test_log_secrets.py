"""What a log must not show is known by its name, by its shape, or because a client sent it."""

import asyncio
import secrets
import time

import pytest

from domain.shared.log_secrets import (
    HIDDEN,
    MOST_SECRETS,
    find_literals,
    find_secrets,
    hide_from_logs,
    hide_in_text,
    hide_secrets,
    knowing_secrets,
    tame,
)

pytestmark = pytest.mark.unit


def show(**event: object) -> dict[str, object]:
    return dict(hide_secrets(None, "info", event))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("got mmp_0123456789abcdef.", f"got {HIDDEN}."),
        (
            "see https://a.test/verify?token=abc&next=/x",
            f"see https://a.test/verify?token={HIDDEN}&next={HIDDEN}",
        ),
        (
            "Login(email='k@a.test', password='a b \"c')",
            f"Login(email='k@a.test', password={HIDDEN})",
        ),
        ('{"refreshToken": "abc", "n": 1}', f'{{"refreshToken": {HIDDEN}, "n": 1}}'),
        ("(b'cookie': b'a=b')", f"(b'cookie': {HIDDEN})"),
        ("Basic a2ltOmh1bnRlcjI=", f"Basic {HIDDEN}"),
        ("lib/python3.11/site-packages/strawberry/schema", None),
        ("01a1ff9f669c78adb24338c9cb9d2971 and 01a1ff9f-669c-78ad-b243-38c9cb9d2971", None),
        ("test_a_function_with_a_long_name_that_stands_in_a_traceback", None),
        ("exit code: 42", None),
    ],
)
def test_secrets_are_known_by_their_shape(text: str, shown: str | None):
    assert show(event=text) == {"event": text if shown is None else shown}


def test_random_tokens_are_known_by_their_shape():
    """The first one is as random as the others, and one in a thousand looks like it."""
    unlikely = "HZaqnkafPdy_IXIYoIwrzoOysNEaiRQdo-slLTludwY"
    tokens = [unlikely, *(secrets.token_urlsafe(32) for _ in range(200))]
    assert [one for one in tokens if one in str(show(event=f"before {one} after"))] == []


@pytest.mark.parametrize("value", ["493817", "hunter2", "a b'c\"d", "päss\\wörd\n"])
def test_what_a_client_sent_is_hidden_wherever_it_turns_up(value: str):
    with knowing_secrets():
        hide_from_logs([value])
        written = (value, repr(value), f"in the middle {value!r} of it")
        assert all(value not in hide_in_text(one) for one in written)
        assert all(repr(value)[1:-1] not in hide_in_text(one) for one in written)
    assert value.strip() in hide_in_text(value)


def test_short_texts_are_not_hidden_because_words_contain_them():
    with knowing_secrets():
        hide_from_logs(["quest", ""])
        assert hide_in_text("request") == "request"


def test_an_inner_operation_knows_what_is_known_around_it_and_not_the_other_way_round():
    with knowing_secrets():
        hide_from_logs(["outer-secret"])
        with knowing_secrets():
            hide_from_logs(["inner-secret"])
            assert hide_in_text("outer-secret inner-secret") == f"{HIDDEN} {HIDDEN}"
        assert hide_in_text("outer-secret inner-secret") == f"{HIDDEN} inner-secret"


async def test_tasks_know_what_their_request_learns_later():
    async def tell() -> str:
        await learned.wait()
        return hide_in_text("late-secret")

    learned = asyncio.Event()
    with knowing_secrets():
        told = asyncio.create_task(tell())
        hide_from_logs(["late-secret"])
        learned.set()
        assert await told == HIDDEN


def test_the_server_that_logs_an_error_after_us_knows_too():
    async def serve() -> str:
        try:
            with knowing_secrets():
                hide_from_logs(["hunter2-hunter2"])
                raise RuntimeError
        except RuntimeError:
            return hide_in_text("hunter2-hunter2")

    assert asyncio.run(serve()) == HIDDEN


def test_whoever_sends_too_many_to_remember_has_no_error_written_out():
    with knowing_secrets():
        hide_from_logs(f"secret-{number}" for number in range(MOST_SECRETS + 5))
        shown = show(event="failed", exception=f"secret-{MOST_SECRETS + 4}")
    assert shown == {"event": "failed", "exception": HIDDEN}


def test_secrets_are_found_in_what_a_client_sent():
    sent = {
        "input": {
            "email": "k@a.test",
            "newPassword": "n",
            "code": "c",
            "parameters": [{"name": "user", "value": "v"}],
            "recovery_code": ["r"],
            "errorcodes": 5,
            "description": "d",
        },
        "token": "t",
    }
    assert sorted(find_secrets(sent)) == ["c", "n", "r", "t", "v"]


def test_secrets_are_found_in_a_document():
    document = """mutation { login(input: {email: "k@a.test", password : "a\\"b\\u0041",
        code:"123456"}) verify(token: \"\"\"block\"\"\") { x } }"""
    assert [*find_literals(document)] == [
        'a\\"b\\u0041',
        'a"bA',
        "123456",
        "123456",
        "block",
        "block",
    ]


@pytest.mark.parametrize(
    "document",
    [
        '"' + " " * 200_000,
        '"' + "a" * 200_000,
        'password:"' * 30_000,
        'password:"""' * 30_000,
        '"a ' * 60_000,
    ],
)
def test_no_document_takes_long_to_look_through(document: str):
    begun = time.process_time()
    with knowing_secrets():
        hide_from_logs(find_literals(document))
    assert time.process_time() - begun < 1


def test_case_60_control_characters_are_written_out():
    forged = 'x\r\n{"event": "forged"}\x1b[2K\x9b31m\x00\x7f\u2028\u202e\u200f'
    shown = show(event=forged, names=[forged], about={forged: forged})
    everything = str(shown["event"]) + str(shown["names"]) + "".join(shown["about"])
    assert all(one.isprintable() for one in everything)
    assert "\\x1b[2K" in str(shown["event"])


def test_case_60_errors_keep_their_lines_and_nothing_else_that_moves_a_cursor():
    assert show(exception="a\n\tb\x1b[2K\r")["exception"] == "a\n\\tb\\x1b[2K\\r"


def test_ordinary_text_stays_as_it_is():
    text = "Zoë wrote “日本語” - 5 €"
    assert tame(text) == text
