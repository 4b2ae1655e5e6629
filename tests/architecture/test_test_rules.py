"""The gates on tests find sleeps, hollow assertions, switched-off tests and wrong markers."""

import pytest

from tests.architecture.gates.assertions import (
    find_hollow_assertions,
    find_switched_off_tests,
    find_tests_without_assertions,
)
from tests.architecture.gates.marks import (
    find_dynamic_marks,
    find_strangers_among_journeys,
    find_unmarked_tests,
)
from tests.architecture.gates.waiting import find_sleeps
from tests.architecture.plants import TEST, lines_found, paths_found

pytestmark = pytest.mark.unit

SLEEPS = {
    "time": ("import time\ntime.sleep(1)", [2]),
    "asyncio": ("import asyncio\nasync def f():\n    await asyncio.sleep(0.5)", [3]),
    "an alias": ("from asyncio import sleep as pause\nasync def f():\n    await pause(1)", [3]),
    "kept": ("import time\nwait = time.sleep\nwait(1)", [2, 3]),
    "handed on": ("import functools, time\nwait = functools.partial(time.sleep, 1)", [2]),
    "by name": ("import time\ngetattr(time, 'sleep')(1)", [2]),
    "the browser's": ("page.wait_for_timeout(500)", [1]),
    "an event nobody sets": ("import threading\nthreading.Event().wait(1)", [2]),
    "a future nobody sets": (
        "import asyncio as a\nasync def f():\n    await a.wait_for(a.Event().wait(), 1)",
        [3],
    ),
    "a task to be canceled": ("import asyncio\ntask = start(asyncio.Event().wait())", []),
    "selecting nothing": ("import select\nselect.select([], [], [], 1)", [2]),
    "a program that sleeps": ("import subprocess\nsubprocess.run(['sleep', '1'])", [2]),
    "a shell that sleeps": ("import os\nos.system('sleep 1')", [2]),
    "a program to be killed": ("import subprocess\nsubprocess.Popen(['sleep', '60'])", []),
    "a loop that only sleeps": ("import time\nfor _ in range(9):\n    time.sleep(0.1)", [3]),
    "an endless loop": ("import time\nwhile True:\n    time.sleep(0.1)", [3]),
    "a long pause in a poll": ("import time\nwhile not done():\n    time.sleep(2)", [3]),
    "a poll": ("import time\nwhile not done():\n    time.sleep(0.05)", []),
    "a poll with a deadline": (
        "import time\nfor _ in range(99):\n    if done():\n        break\n    time.sleep(0.05)",
        [],
    ),
    "a poll with a named pause": (
        "import time\nwhile not done():\n    time.sleep(LOOK_SECONDS)",
        [],
    ),
    "giving way": ("import asyncio\nasync def f():\n    await asyncio.sleep(0)", []),
}


@pytest.mark.parametrize(("text", "expected"), SLEEPS.values(), ids=SLEEPS.keys())
def test_sleeps_in_tests_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_sleeps, text, TEST) == expected


def test_the_product_may_pause() -> None:
    assert lines_found(find_sleeps, SLEEPS["time"][0], "workers/scheduler.py") == []


HOLLOW = {
    "true": ("assert True", [1]),
    "a number": ("assert 1, 'fine'", [1]),
    "a tuple": ("assert (x == 1, 'wrong')", [1]),
    "or true": ("assert x or True", [1]),
    "not false": ("assert not False", [1]),
    "itself": ("assert x.y == x.y", [1]),
    "caught": ("try: check()\nexcept AssertionError: pass", [2]),
    "caught among others": ("try: check()\nexcept (KeyError, AssertionError): pass", [2]),
    "suppressed": ("import contextlib\nwith contextlib.suppress(AssertionError): f()", [2]),
    "two calls": ("assert make() == make()", []),
    "a comparison": ("assert x == 1", []),
    "always failing": ("assert False", []),
}


@pytest.mark.parametrize(("text", "expected"), HOLLOW.values(), ids=HOLLOW.keys())
def test_assertions_that_cannot_fail_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_hollow_assertions, text, TEST) == expected


UNASSERTED = {
    "nothing": ("def test_a():\n    run()", True),
    "a hollow one": ("def test_a():\n    assert True", True),
    "a method": ("class TestA:\n    async def test_a(self):\n        await run()", True),
    "a function that checks nothing": ("def check():\n    run()\ndef test_a():\n    check()", True),
    "a name that sounds like a check": ("def test_a():\n    check_all()", True),
    "an assertion": ("def test_a():\n    assert run() == 1", False),
    "raises": ("import pytest\ndef test_a():\n    with pytest.raises(E): run()", False),
    "raises by alias": ("from pytest import raises as r\ndef test_a():\n    r(E, run)", False),
    "a function that asserts": ("def same(x):\n    assert x\ndef test_a():\n    same(1)", False),
    "a fake that asserts": ("def test_a(mail):\n    mail.assert_called_once()", False),
    "a browser that expects": ("def test_a(page):\n    expect(page).to_have_title('x')", False),
}


@pytest.mark.parametrize(("text", "is_found"), UNASSERTED.values(), ids=UNASSERTED.keys())
def test_tests_that_cannot_fail_are_found(text: str, is_found: bool) -> None:
    assert bool(paths_found(find_tests_without_assertions, {TEST: text})) is is_found


def test_the_other_name_pytest_collects_is_looked_at_too() -> None:
    path = "tests/domain/missions/start_test.py"
    assert paths_found(find_tests_without_assertions, {path: "def test_a():\n    run()"}) == [path]
    assert lines_found(find_unmarked_tests, "def test_a():\n    run()", path) == [1]


def test_an_assertion_in_another_module_counts_and_its_absence_too() -> None:
    test = "from tests.waiting import eventually\ndef test_a():\n    eventually(run)"
    checking = {TEST: test, "tests/waiting.py": "def eventually(f):\n    assert f()"}
    hollow = {TEST: test, "tests/waiting.py": "def eventually(f):\n    f()"}
    assert paths_found(find_tests_without_assertions, checking) == []
    assert paths_found(find_tests_without_assertions, hollow) == [TEST]


SWITCHED_OFF = {
    "skip": ("import pytest\n@pytest.mark.skip(reason='slow')\ndef test_a(): f()", [2]),
    "xfail": ("from pytest import mark\n@mark.xfail\ndef test_a(): f()", [2]),
    "in a list": ("import pytest\npytestmark = [pytest.mark.unit, pytest.mark.skip]", [2]),
    "skipping inside": ("import pytest\ndef test_a():\n    pytest.skip('slow')", [3]),
    "a missing package": ("import pytest\nx = pytest.importorskip('x')", [2]),
    "hidden": ("__test__ = False", [1]),
    "hidden as a class": ("class TestA:\n    __test__ = False\n    def test_a(self): f()", [2]),
    "a record that is no test": ("class TestResult:\n    __test__ = False\n    x: int", []),
    "ignored": ("collect_ignore = ['test_a.py']", [1]),
    "by a hook": ("def pytest_collection_modifyitems(items):\n    items.clear()", [1]),
    "by a report": ("def pytest_runtest_makereport(item):\n    return passed", [1]),
    "a unittest case": ("import unittest\nclass A(unittest.TestCase): x", [2]),
    "a condition": (
        "import pytest\n@pytest.mark.skipif(IS_ROOT, reason='drops root')\ndef test_a(): f()",
        [],
    ),
    "a condition inside": ("import pytest\nif x:\n    pytest.skip('needs a user')", []),
}


@pytest.mark.parametrize(("text", "expected"), SWITCHED_OFF.values(), ids=SWITCHED_OFF.keys())
def test_switched_off_tests_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_switched_off_tests, text, TEST) == expected


MARKS = {
    "none": ("def test_a(): f()", [1]),
    "another": ("import pytest\npytestmark = pytest.mark.no_rollback\ndef test_a(): f()", [3]),
    "two": (
        "import pytest\npytestmark = [pytest.mark.unit]\n@pytest.mark.e2e\ndef test_a(): f()",
        [4],
    ),
    "two by class": (
        "import pytest\n@pytest.mark.e2e\nclass TestA:\n    pytestmark = pytest.mark.unit\n"
        "    def test_a(self): f()",
        [5],
    ),
    "computed": ("import pytest\npytestmark = choose()\ndef test_a(): f()", [3]),
    "one for the module": ("import pytest\npytestmark = pytest.mark.e2e\ndef test_a(): f()", []),
    "one in a list": (
        "from pytest import mark\npytestmark = [mark.unit, mark.no_rollback]\ndef test_a(): f()",
        [],
    ),
    "one by class": (
        "import pytest\n@pytest.mark.unit\nclass TestA:\n    def test_a(self): f()",
        [],
    ),
    "one each": ("import pytest\n@pytest.mark.contract\nasync def test_a(): f()", []),
}


@pytest.mark.parametrize(("text", "expected"), MARKS.values(), ids=MARKS.keys())
def test_tests_without_exactly_one_primary_marker_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_unmarked_tests, text, TEST) == expected


STRANGERS = {
    "unit for the module": ("import pytest\npytestmark = pytest.mark.unit\ndef test_a(): f()", [3]),
    "unit among others": (
        "import pytest\n@pytest.mark.unit\ndef test_a(): f()\n@pytest.mark.e2e\ndef test_b(): f()",
        [3],
    ),
    "unit by class": (
        "from pytest import mark\nclass TestA:\n    pytestmark = [mark.unit, mark.heavy]\n"
        "    def test_a(self): f()",
        [4],
    ),
    "integration": (
        "import pytest\npytestmark = pytest.mark.integration\nasync def test_a(): f()",
        [3],
    ),
    "a journey": (
        "import pytest\npytestmark = [pytest.mark.e2e, pytest.mark.heavy]\ndef test_a(): f()",
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), STRANGERS.values(), ids=STRANGERS.keys())
def test_what_is_no_journey_is_found_among_journeys_only(text: str, expected: list[int]) -> None:
    assert lines_found(find_strangers_among_journeys, text, "e2e/test_doors.py") == expected
    assert lines_found(find_strangers_among_journeys, text, "tests/e2e/demo/test_main.py") == []


DYNAMIC = {
    "added to a request": "def go(request): request.node.add_marker('unit')",
    "added to items": "def pytest_collection_modifyitems(items): items[0].add_marker('unit')",
    "own markers": "def go(request): request.node.own_markers.clear()",
    "by name": "import pytest; mark = getattr(pytest.mark, name)",
    "by parameter": "import pytest; x = pytest.param(1, marks=[pytest.mark.e2e])",
}


@pytest.mark.parametrize("text", DYNAMIC.values(), ids=DYNAMIC.keys())
def test_markers_changed_at_run_time_are_found(text: str) -> None:
    assert lines_found(find_dynamic_marks, text, "tests/conftest.py") == [1]


def test_a_parameter_may_carry_another_marker() -> None:
    text = "import pytest\nx = pytest.param(1, marks=pytest.mark.no_rollback)"
    assert lines_found(find_dynamic_marks, text, TEST) == []
