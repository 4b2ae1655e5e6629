"""The gates on types, errors, relations, leftovers and silenced checks find what they are for."""

import pytest

from tests.architecture.gates.exceptions import find_broad_handlers
from tests.architecture.gates.leftovers import find_reminders, find_stubs
from tests.architecture.gates.relations import find_lazy_relations
from tests.architecture.gates.suppressions import find_blanket_suppressions
from tests.architecture.gates.typing_rules import find_any_in_signatures
from tests.architecture.plants import lines_found

pytestmark = pytest.mark.unit

ANY = {
    "a parameter": ("from typing import Any\ndef f(x: Any) -> None: ...", [2]),
    "a result": ("import typing\ndef f() -> typing.Any: ...", [2]),
    "inside a type": ("from typing import Any\ndef f(x: dict[str, Any]) -> None: ...", [2]),
    "an alias of the import": ("from typing import Any as What\ndef f(*x: What) -> None: ...", [2]),
    "quoted": ("from typing import Any\ndef f(*, x: 'list[Any]') -> None: ...", [2]),
    "a type alias": ("from typing import Any\nJson = dict[str, Any]", [2]),
    "a quoted alias": ("import typing as t\nJson: t.TypeAlias = 'dict[str, t.Any]'", [2]),
    "a field": ("from typing import Any\nclass A:\n    x: Any = None", [3]),
    "a method in a function": (
        "from typing import Any\ndef f() -> None:\n    def g(x: Any) -> None: ...",
        [3],
    ),
    "a local variable is free": (
        "import json\nfrom typing import Any\ndef f() -> None:\n    x: Any = json.loads('1')",
        [],
    ),
    "the word in a text": ("class A:\n    name: str = 'Any'\n    other = field('Any')", []),
}


@pytest.mark.parametrize(("text", "expected"), ANY.values(), ids=ANY.keys())
def test_any_in_signatures_of_the_domain_is_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_any_in_signatures, text) == expected


def test_other_layers_may_say_any() -> None:
    text = ANY["a parameter"][0]
    assert lines_found(find_any_in_signatures, text, "graph/support/context.py") == []


HANDLERS = {
    "bare": ("try: f()\nexcept: g()", [2]),
    "Exception": ("try: f()\nexcept Exception as e: g(e)", [2]),
    "BaseException": ("try: f()\nexcept BaseException: g()", [2]),
    "in a tuple": ("try: f()\nexcept (ValueError, Exception): g()", [2]),
    "by another name": ("All = Exception\ntry: f()\nexcept All: g()", [3]),
    "through builtins": ("import builtins as b\ntry: f()\nexcept b.Exception: g()", [3]),
    "a group": ("try: f()\nexcept* Exception: g()", [2]),
    "a tuple with a name": ("E: T = (KeyError, Exception)\ntry: f()\nexcept E: g()", [3]),
    "a precise tuple": ("E = (KeyError, OSError)\ntry: f()\nexcept E: g()", []),
    "suppress": ("from contextlib import suppress as s\nwith s(Exception): f()", [2]),
    "suppress in a list": (
        "from contextlib import suppress\nwith suppress(*[Exception]): f()",
        [2],
    ),
    "gathered": ("import asyncio as a\nawait a.gather(f(), return_exceptions=True)", [2]),
    "gathered after canceling": (
        "import asyncio\nasync def f():\n    t.cancel()\n"
        "    await asyncio.gather(t, return_exceptions=True)",
        [],
    ),
    "gathered and looked at": (
        "import asyncio\nfound = await asyncio.gather(f(), return_exceptions=True)",
        [],
    ),
    "noqa without a reason": ("try: f()\nexcept Exception: g()  # noqa: BLE001", [2]),
    "noqa with a reason": (
        "try: f()\nexcept Exception as e: log(e)  # noqa: BLE001 - the worker must live on",
        [],
    ),
    "a reason, but dropped": (
        "try: f()\nexcept Exception: pass  # noqa: BLE001 - the worker must live on",
        [2],
    ),
    "raised again": ("try: f()\nexcept BaseException:\n    undo()\n    raise", []),
    "raised again sometimes": ("try: f()\nexcept Exception:\n    if x:\n        raise", [2]),
    "a precise one": ("try: f()\nexcept (KeyError, OSError): g()", []),
}


@pytest.mark.parametrize(("text", "expected"), HANDLERS.values(), ids=HANDLERS.keys())
def test_handlers_of_everything_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_broad_handlers, text) == expected


ORM = "from sqlalchemy import orm\nfrom sqlalchemy.orm import relationship\n"
RELATIONS = {
    "the default": (ORM + "x = relationship(back_populates='y')", [3]),
    "select": (ORM + "x = relationship(lazy='select')", [3]),
    "joined": (ORM + "x = orm.relationship(lazy='joined')", [3]),
    "computed": (ORM + "x = relationship(lazy=LAZY)", [3]),
    "spread": (ORM + "x = relationship(**options)", [3]),
    "an alias": ("from sqlalchemy.orm import relationship as many\nx = many()", [2]),
    "partial": (ORM + "import functools\nx = functools.partial(relationship)", [4]),
    "a backref": (ORM + "x = relationship(lazy='raise', backref='y')", [3]),
    "awaitable attributes": (ORM + "x = await mission.awaitable_attrs.tests", [3]),
    "lazyload": ("from sqlalchemy.orm import lazyload\nx = lazyload(a)", [2]),
    "raise": (ORM + "x = relationship(back_populates='y', lazy='raise')", []),
}


@pytest.mark.parametrize(("text", "expected"), RELATIONS.values(), ids=RELATIONS.keys())
def test_relations_that_load_by_themselves_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_lazy_relations, text, "domain/missions/models.py") == expected


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"])
@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("domain/a/b.py", "x = 1  # {}: later"),
        ("tests/test_a.py", "x = 1  # see {}"),
        ("workers/browser/page.js", "// {} later"),
        ("README.md", "{} write this"),
        ("Makefile", "# {}"),
    ],
)
def test_reminders_are_found_in_any_text(word: str, path: str, line: str) -> None:
    assert lines_found(find_reminders, "\n" * 3 + line.format(word), path) == [1]
    assert lines_found(find_reminders, line.format("mktemp XXXXXX"), path) == []


def test_a_reminder_in_small_letters_is_one_too() -> None:
    assert lines_found(find_reminders, "x = 1  # to" + "do later") == [1]
    assert lines_found(find_reminders, "title = 'My to" + "do list'") == []


LATER = "NotImplemented" + "Error"
STUBS = {
    "not implemented": (f"def f():\n    raise {LATER}", [2]),
    "not implemented with words": (f"def f():\n    raise {LATER}('later')", [2]),
    "by another name": (f"Later = {LATER}\ndef f():\n    raise Later()", [1, 3]),
    "the constant": ("def f():\n    raise NotImplemented", [2]),
    "pass": ("def f():\n    pass", [1]),
    "dots": ("class A:\n    async def f(self): ...", [2]),
    "nested": ("def f():\n    def g(): ...\n    return g", [2]),
    "a protocol": ("from typing import Protocol\nclass A(Protocol):\n    def f(self): ...", []),
    "abstract": ("import abc\nclass A:\n    @abc.abstractmethod\n    def f(self): ...", []),
    "an explained null": ('class A:\n    def f(self):\n        """Nobody listens here."""', []),
    "a refused comparison": ("class A:\n    def __eq__(self, o): return NotImplemented", []),
}


@pytest.mark.parametrize(("text", "expected"), STUBS.values(), ids=STUBS.keys())
def test_stubs_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_stubs, text) == expected


SUPPRESSIONS = {
    "a blanket noqa": ("x = 1  # noqa", [1]),
    "a whole file": ("# ruff: noqa", [1]),
    "a whole file for mypy": ("# mypy: ignore-errors", [1]),
    "formatting": ("x = 1  # fmt: off", [1]),
    "a packed line": ("x = [" + "1, " * 40 + "]  # fmt: skip", [1]),
    "a table of one line": ("x = [1,2]  # fmt: skip", []),
    "a blanket ignore": ("x = 1  # type: ignore", [1]),
    "no_type_check": ("import typing\n@typing.no_type_check\ndef f(): ...", [2]),
    "uncovered": ("x = 1  # pragma: no cover", [1]),
    "uncovered with a reason": ("x = 1  # pragma: no cover - only on another system", []),
    "one code": ("x = 1  # noqa: S603 - the program is our own", []),
    "one type code": ("x = 1  # type: ignore[misc]", []),
    "in a string": ("x = '# noqa'", []),
}


@pytest.mark.parametrize(("text", "expected"), SUPPRESSIONS.values(), ids=SUPPRESSIONS.keys())
def test_blanket_suppressions_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_blanket_suppressions, text) == expected
