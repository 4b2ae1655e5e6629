"""Events are shown alike to those who ask for the same and may see the same, and to nobody else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import cast

import orjson
import pytest
import strawberry
from redis.asyncio import Redis
from strawberry.scalars import JSON

from api.graphql.bounds import Bounds
from api.graphql.execution import Operations, Request
from api.graphql.streams import Streams
from domain.shared.actor import Actor
from domain.shared.ids import new_id
from domain.shared.live import LiveSignals
from domain.shared.settings import Settings
from domain.shared.unit_of_work import UnitsOfWork
from graph.support.audiences import Manner
from graph.support.context import Context, Info
from graph.support.limits import Limits
from graph.support.permissions import requires

pytestmark = pytest.mark.contract

MAY = "execution.read"


@strawberry.enum
class Tone(Enum):
    LOUD = "loud"
    SOFT = "soft"


@strawberry.input
class Look:
    width: int
    tones: list[Tone] | None = None
    sub: "Look | None" = None


@strawberry.type
class Thing:
    number: int

    @strawberry.field
    def sized(self, width: int | None = 7) -> str:
        return f"{width}"

    @strawberry.field
    def told(self, tone: Tone = Tone.SOFT) -> str:
        return tone.value

    @strawberry.field
    def looked(self, look: Look | None = None) -> str:
        return repr(look)

    @strawberry.field
    def at(self, moment: datetime | None = None) -> str:
        return str(moment)

    @strawberry.field
    def noted(self, note: JSON | None = None) -> str:
        return repr(note)

    @strawberry.field
    async def allowed(self, info: Info) -> str:
        return ",".join(sorted((await info.context.actor()).permissions))


@strawberry.type
class Subscription:
    @strawberry.subscription(extensions=[requires(MAY)])
    async def things(self, info: Info, after: int = 0) -> AsyncIterator[Thing]:
        yield Thing(number=after)


@strawberry.type
class Query:
    number: int = 0


SCHEMA = strawberry.Schema(Query, subscription=Subscription)
SETTINGS = Settings()


@dataclass
class SignIn:
    """Somebody who is signed in."""

    actor: Actor
    expires_in_seconds: float | None = 900.0

    async def read_actor(self) -> Actor:
        return self.actor


def make_context(*permissions: str) -> Context:
    """Of somebody who may do this, in a workspace of his own."""
    actor = Actor(new_id(), new_id(), new_id(), frozenset(permissions or {MAY}))
    units, live = cast("UnitsOfWork", None), LiveSignals(Redis())
    return Context("test", SETTINGS, units, live, SignIn(actor))


class Asking:
    """Makes manners as open streams do."""

    def __init__(self) -> None:
        self._operations = Operations(SCHEMA, SETTINGS, Limits())
        self._streams = Streams(self._operations, Bounds())

    async def manner(
        self,
        text: str,
        context: Context | None = None,
        name: str | None = None,
        **variables: object,
    ) -> Manner:
        context = context or make_context()
        await context.actor()
        request = Request(text, variables, name)
        return self._streams.make_manner(await self._operations.prepare(request, context), context)


@pytest.fixture
def asking() -> Asking:
    return Asking()


async def show(manner: Manner) -> object:
    """What somebody sees of an event."""
    return orjson.loads(await manner.show(Thing(number=1)))["data"]["things"]


AFTER = "subscription ($after: Int) { things(after: $after) { number } }"
WIDTH = "subscription ($w: Int) { things { sized(width: $w) } }"
TONE = "subscription ($t: Tone!) { things { told(tone: $t) } }"
LOOK = "subscription ($l: Look) { things { looked(look: $l) } }"
MOMENT = "subscription ($m: DateTime) { things { at(moment: $m) } }"
NOTE = "subscription ($n: JSON) { things { noted(note: $n) } }"


async def test_where_somebody_begins_makes_no_difference(asking: Asking):
    manners = [await asking.manner(AFTER, after=after) for after in (0, 1, None)]
    assert len({one.key for one in [*manners, await asking.manner(AFTER)]}) == 1


async def test_who_asks_makes_no_difference(asking: Asking):
    one, other = [await asking.manner(WIDTH, make_context(MAY), w=1) for _ in range(2)]
    assert one.key == other.key


async def test_what_somebody_may_do_makes_a_difference(asking: Asking):
    text = "subscription { things { allowed } }"
    one = await asking.manner(text, make_context(MAY))
    other = await asking.manner(text, make_context(MAY, "evidence.read"))
    assert one.key != other.key
    assert await show(one) == {"allowed": MAY}
    assert await show(other) == {"allowed": f"evidence.read,{MAY}"}


async def test_another_document_makes_a_difference(asking: Asking):
    texts = ["{ things { number } }", "{ things { sized } }", "{ things { a: number } }"]
    manners = [await asking.manner(f"subscription {text}") for text in texts]
    assert len({one.key for one in manners}) == 3


async def test_another_operation_of_a_document_makes_a_difference(asking: Asking):
    text = "subscription A { things { number } } subscription B { things { sized } }"
    one, other = await asking.manner(text, name="A"), await asking.manner(text, name="B")
    assert one.key != other.key
    assert [await show(one), await show(other)] == [{"number": 1}, {"sized": "7"}]


@pytest.mark.parametrize(
    ("text", "ones", "others"),
    [
        (WIDTH, {"w": 1}, {"w": 2}),
        (WIDTH, {"w": 1}, {"w": None}),
        (WIDTH, {"w": None}, {}),
        (WIDTH, {"w": 1}, {}),
        (TONE, {"t": "LOUD"}, {"t": "SOFT"}),
        (LOOK, {"l": None}, {"l": {"width": 1}}),
        (LOOK, {"l": {"width": 1}}, {"l": {"width": 2}}),
        (LOOK, {"l": {"width": 1}}, {"l": {"width": 1, "tones": []}}),
        (LOOK, {"l": {"width": 1, "tones": ["LOUD"]}}, {"l": {"width": 1, "tones": ["SOFT"]}}),
        (LOOK, {"l": {"width": 1, "sub": {"width": 1}}}, {"l": {"width": 1}}),
        (MOMENT, {"m": "2026-11-30T10:00:00Z"}, {"m": "2026-11-30T11:00:00Z"}),
        (MOMENT, {"m": "2026-11-30T10:00:00Z"}, {"m": "2026-11-30T10:00:00+01:00"}),
        (NOTE, {"n": 1}, {"n": "1"}),
        (NOTE, {"n": 1}, {"n": True}),
        (NOTE, {"n": 1}, {"n": 1.0}),
        (NOTE, {"n": "None"}, {"n": None}),
        (NOTE, {"n": {"a": [1]}}, {"n": {"a": [2]}}),
    ],
    ids=str,
)
async def test_what_is_shown_differently_is_told_apart(
    asking: Asking, text: str, ones: dict[str, object], others: dict[str, object]
):
    one, other = await asking.manner(text, **ones), await asking.manner(text, **others)
    assert await show(one) != await show(other)
    assert one.key != other.key


@pytest.mark.parametrize(
    ("text", "ones", "others"),
    [
        (WIDTH, {"w": 1}, {"w": 1}),
        (LOOK, {"l": {"width": 1, "tones": ["LOUD"]}}, {"l": {"tones": ["LOUD"], "width": 1}}),
        (NOTE, {"n": {"a": 1, "b": 2}}, {"n": {"b": 2, "a": 1}}),
        (WIDTH, {"w": 1, "unknown": 1}, {"w": 1, "unknown": 2}),
    ],
    ids=str,
)
async def test_the_same_is_shown_once(
    asking: Asking, text: str, ones: dict[str, object], others: dict[str, object]
):
    one, other = await asking.manner(text, **ones), await asking.manner(text, **others)
    assert one.key == other.key


@pytest.mark.parametrize("note", [2**63, -(2**63), 1e308])
async def test_any_number_can_be_asked_with(asking: Asking, note: object):
    one, other = await asking.manner(NOTE, n=note), await asking.manner(NOTE, n=1)
    assert one.key != other.key
    assert await show(one) == {"noted": repr(note)}


async def test_any_number_can_stand_in_a_document(asking: Asking):
    """JSON of a body has no numbers like this, but defaults of variables may."""
    text = NOTE.replace("JSON)", f"JSON = {10**30})")
    assert await show(await asking.manner(text)) == {"noted": repr(10**30)}


async def test_nothing_of_whoever_came_first_is_shown_to_the_others(asking: Asking):
    """What is loaded for one event is stale at the next, also within the same manner."""
    context = make_context(MAY)
    manner = await asking.manner("subscription { things { allowed } }", context)
    sign_in = cast("SignIn", context.sign_in)
    sign_in.actor = Actor(new_id(), new_id(), new_id(), frozenset())
    assert await show(manner) == {"allowed": MAY}
    assert context._loaders == {}
