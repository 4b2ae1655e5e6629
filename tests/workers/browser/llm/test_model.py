"""One run's model: what it sends, what it counts, and when it leaves the endpoint alone."""

import json

import pytest

from tests.workers.browser.llm.chat import KEY, FakeChat, Reply, refuses, says
from workers.browser.llm.endpoint import Endpoint
from workers.browser.llm.errors import ModelError, NotAskedError, RefusedError, UnusableError
from workers.browser.llm.model import Form, Model
from workers.browser.llm.prompts import read_prompt
from workers.browser.llm.usage import Usage

pytestmark = pytest.mark.contract

FORM = Form(
    {"type": "object", "properties": {}, "required": [], "additionalProperties": False}, 100
)
ASK = [{"role": "system", "content": "Answer with JSON."}, {"role": "user", "content": "x" * 300}]


async def ask(model: Model, usage: Usage | None = None, seconds: float = 5.0) -> dict[str, object]:
    """Ask for an empty object."""
    usage = usage or model.open_account(read_prompt("act"))
    return (await model.ask(ASK, FORM, seconds, usage)).read_object()


async def test_a_request_is_what_the_api_documents(chat: FakeChat) -> None:
    chat.then(says({}))
    assert await ask(Model(chat.endpoint())) == {}
    (asked,) = chat.asked
    assert asked.body == {
        "model": "fake-1",
        "messages": ASK,
        "temperature": 0,
        "max_tokens": 100,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": FORM.schema},
        },
    }
    assert asked.headers["accept-encoding"] == "identity"


async def test_a_parameter_that_is_not_known_is_left_out_from_then_on(chat: FakeChat) -> None:
    chat.then(
        refuses(
            400,
            message="Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        ),
        refuses(400, message="Unsupported value: 'temperature' does not support 0", param=None),
        refuses(400, message="'response_format' of type 'json_schema' is not supported"),
        says({}),
    )
    model = Model(chat.endpoint())
    usage = model.open_account(read_prompt("act"))
    assert await ask(model, usage) == {}
    assert await ask(model, usage) == {}
    assert usage.requests == 5
    last = chat.asked[-1].body
    assert last["max_completion_tokens"] == 100
    assert last["response_format"] == {"type": "json_object"}
    assert not {"max_tokens", "temperature"} & last.keys()


async def test_an_endpoint_that_refuses_everything_is_given_up(chat: FakeChat) -> None:
    chat.then(refuses(400, message="response_format is not supported"))
    with pytest.raises(RefusedError, match="did not accept the request"):
        await ask(Model(chat.endpoint()))
    assert len(chat.asked) == 3


async def test_tokens_and_cost_are_counted(chat: FakeChat) -> None:
    chat.then(says({}, tokens=(1_000, 50)))
    model = Model(chat.endpoint(input_price=3.0, output_price=15.0))
    usage = model.open_account(read_prompt("act"))
    await ask(model, usage)
    told = usage.to_json()
    assert told is not None
    assert (told["input_tokens"], told["output_tokens"], told["cost_usd"]) == (1000, 50, 0.00375)
    assert model.budget.spent == 1_050


async def test_without_prices_the_cost_is_not_known(chat: FakeChat) -> None:
    chat.then(says({}))
    model = Model(chat.endpoint())
    usage = model.open_account(read_prompt("act"))
    assert usage.to_json() is None
    await ask(model, usage)
    told = usage.to_json()
    assert told is not None
    assert told["cost_usd"] is None


async def test_nothing_is_sent_that_does_not_fit_the_budget(chat: FakeChat) -> None:
    with pytest.raises(NotAskedError, match="0 of 100 tokens"):
        await ask(Model(chat.endpoint(run_tokens=100)))
    assert chat.asked == []


async def test_a_request_that_was_given_up_counts_as_well(chat: FakeChat) -> None:
    chat.then(says({}, delay_s=30))
    model = Model(chat.endpoint(timeout_seconds=0.3))
    with pytest.raises(UnusableError, match=r"did not answer within 0\.3 s"):
        await ask(model)
    assert model.budget.spent > 100


@pytest.mark.parametrize("status", [401, 402, 403, 404, 308])
async def test_who_is_refused_does_not_come_back(chat: FakeChat, status: int) -> None:
    chat.then(refuses(status))
    model = Model(chat.endpoint())
    with pytest.raises(RefusedError, match=str(status)):
        await ask(model)
    with pytest.raises(NotAskedError, match="was not asked again"):
        await ask(model)
    assert len(chat.asked) == 1
    assert model.budget.spent == 0


@pytest.mark.parametrize("after", ["30", "Fri, 31 Dec 2999 23:59:59 GMT", "", "soon"])
async def test_who_wants_to_be_left_alone_is(chat: FakeChat, after: str) -> None:
    chat.then(refuses(429, {"retry-after": after} if after else {}))
    model = Model(chat.endpoint())
    with pytest.raises(RefusedError):
        await ask(model)
    with pytest.raises(NotAskedError, match="wants to be left alone for"):
        await ask(model)
    assert len(chat.asked) == 1


async def test_who_is_ready_again_is_asked_again(chat: FakeChat) -> None:
    chat.then(refuses(429, {"retry-after": "0"}), says({}))
    model = Model(chat.endpoint())
    with pytest.raises(RefusedError):
        await ask(model)
    assert await ask(model) == {}


async def test_a_step_without_time_left_does_not_ask(chat: FakeChat) -> None:
    with pytest.raises(NotAskedError, match="no time left"):
        await ask(Model(chat.endpoint()), seconds=0.01)
    assert chat.asked == []


async def test_no_proxy_of_the_environment_sees_the_key(
    chat: FakeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    chat.then(says({}))
    assert await ask(Model(chat.endpoint())) == {}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(b"x" * 300_000), "longer than 256 KB"),
        (Reply(b"{"), "is not JSON"),
        (Reply(b"[" * 100_000), "is not JSON"),
        (Reply(b"\x1f\x8b", headers={"content-encoding": "gzip"}), "compressed"),
    ],
)
async def test_an_answer_that_is_none_is_refused(chat: FakeChat, reply: Reply, reason: str) -> None:
    chat.then(lambda _: reply)
    with pytest.raises(UnusableError, match=reason):
        await ask(Model(chat.endpoint()))


async def test_what_cannot_be_reached_is_told_without_the_key() -> None:
    endpoint = Endpoint("http://127.0.0.1:1/v1", KEY, "m")
    with pytest.raises(ModelError, match=r"could not be reached \(ConnectError\)") as caught:
        await ask(Model(endpoint))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("address", ["http://", "http://[::1", "nowhere"])
async def test_an_address_that_is_none_is_a_reason_too(address: str) -> None:
    with pytest.raises(UnusableError, match="could not be reached"):
        await ask(Model(Endpoint(address, KEY, "m")))


async def test_a_refusal_never_quotes_what_the_endpoint_wrote(chat: FakeChat) -> None:
    chat.then(refuses(401, code="invalid_api_key", message=f"{KEY} was revoked"))
    with pytest.raises(RefusedError) as caught:
        await ask(Model(chat.endpoint()))
    assert str(caught.value) == (
        "the language model's endpoint does not accept the key (401, invalid_api_key)"
    )


def test_an_endpoint_does_not_show_its_key_and_travels_as_json() -> None:
    endpoint = Endpoint("http://llm.test/v1", KEY, "m", 3.5, 10, 1.0, 2.0)
    assert KEY not in repr(endpoint)
    assert Endpoint.from_json(json.loads(json.dumps(endpoint.to_json()))) == endpoint
