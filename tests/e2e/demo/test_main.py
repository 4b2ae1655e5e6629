"""The demo on a machine that does not give it what it needs: one line, a summary, no traceback."""

import contextlib
import errno
import json
import subprocess
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from api.stack.errors import StackError
from e2e.demo import __main__ as demo
from e2e.demo import problems, show, stack
from e2e.demo.client import Client, GraphQLFailed
from e2e.demo.results import Findings, list_disappointments, write_summary
from e2e.demo.scenario import TESTS

pytestmark = pytest.mark.unit

Answer = dict[str, Any]
FIRST, SECOND = TESTS[0].name, TESTS[1].name


class Stage:
    """Stands in for everything outside the demo: packages, stack, site and API."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.commands: list[str] = []
        self.runs = False
        self.breaks: BaseException | None = None
        self.breaks_in_run = 2
        self.started = 0
        self.screen = StringIO()

    @property
    def shown(self) -> str:
        return self.screen.getvalue()

    @property
    def summary(self) -> Answer:
        summary: Answer = json.loads((self.directory / "summary.json").read_text())
        return summary

    def call(self, command: str) -> None:
        self.commands.append(command)
        self.runs = command == "up"

    async def log_in(self, email: str, password: str) -> None:
        """Everybody may."""

    async def close(self) -> None:
        """Nothing is open."""

    async def mutate(self, name: str, document: str, value: Answer) -> Answer:
        self.started += name == "startMission"
        thing = {"id": "x"}
        return {"run": thing, "mission": thing, "testTemplate": thing, "scenarioTemplate": thing}

    async def query(self, document: str, **variables: object) -> Answer:
        if "workspace" in document:
            return {"me": {"workspace": {"id": "w", "version": 1}}}
        children = {"edges": [{"node": answer_about(test.name, self.started)} for test in TESTS]}
        return {
            "node": {
                "status": "SUCCEEDED",
                "reportUrl": "https://metamorph.test/report",
                "milliseconds": 10.0,
                "children": children,
            }
        }

    async def watch(self, document: str, **variables: object) -> AsyncIterator[Answer]:
        yield tell_of("RUN_STARTED", None, "RUNNING")
        yield tell_of("TEST_FINISHED", FIRST, "SUCCEEDED")
        yield tell_of("TEST_STARTED", SECOND, "RUNNING")
        if self.breaks is not None and self.started == self.breaks_in_run:
            raise self.breaks


def tell_of(kind: str, title: str | None, status: str) -> Answer:
    """An event of `missionProgress`."""
    return {"kind": kind, "title": title, "status": status, "stepIndex": 0}


def answer_about(name: str, run: int) -> Answer:
    """A test that did in a run what the demo hopes for."""
    counts = {"hits": 0, "healed": 0, "learned": 0, "abstained": 0, "notFound": 0}
    counts[{1: "learned", 2: "hits", 3: "healed"}[run]] = 1
    return {
        "title": name,
        "status": "SUCCEEDED",
        "milliseconds": 1.0,
        "error": None,
        "evidence": [{"id": "e"}],
        "elementCounts": counts,
        "decisions": [],
    }


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A demo that would succeed."""
    stage = Stage(tmp_path)
    monkeypatch.setattr(demo, "DIRECTORY", tmp_path)
    monkeypatch.setattr(demo, "install", lambda *_: tmp_path)
    monkeypatch.setattr(demo, "serve", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(demo, "free_port", lambda: 8900)
    monkeypatch.setattr(demo, "Client", lambda url: stage)
    monkeypatch.setattr(show, "console", Console(file=stage.screen, width=120))
    monkeypatch.setattr(stack, "call", stage.call)
    monkeypatch.setattr(stack, "is_running", lambda: stage.runs)
    monkeypatch.setattr(stack, "make_administrator", lambda _: ("demo@example.com", "secret"))
    monkeypatch.setenv("DEMO_EXIT", "1")
    return stage


def test_every_expectation_met_is_success(stage: Stage) -> None:
    assert demo.main() == 0
    assert stage.commands == ["up", "down"]
    assert (stage.summary["met"], stage.summary["error"]) == (True, None)
    assert [run["number"] for run in stage.summary["runs"]] == [1, 2, 3]


@pytest.mark.parametrize("breaks", [None, StackError("no more")])
def test_the_wish_to_stop_counts_for_a_stack_that_ran_before(
    stage: Stage, breaks: StackError | None
) -> None:
    stage.runs, stage.breaks = True, breaks
    assert demo.main() == (0 if breaks is None else 1)
    assert stage.commands == ["up", "down"]


def test_without_the_wish_to_stop_it_the_stack_stays(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEMO_EXIT")
    assert demo.main() == 0
    assert stage.commands == ["up"]
    assert "Stop everything with: make down" in stage.shown


def test_a_run_that_breaks_leaves_a_summary_of_what_is_known(stage: Stage) -> None:
    stage.breaks = ConnectionError("http://127.0.0.1:8000 could not be reached for 60 seconds.")
    assert demo.main() == 1
    summary = stage.summary
    assert summary["met"] is False
    assert summary["error"].startswith("Run 2: The API does not answer (http://127.0.0.1:8000")
    assert [run["number"] for run in summary["runs"]] == [1]
    assert summary["unfinished"] == {
        "number": 2,
        "site": "Django 4.2",
        "tests": {FIRST: "SUCCEEDED", SECOND: "RUNNING"},
    }
    assert stage.commands == ["up", "down"]
    assert "Traceback" not in stage.shown
    assert summary["error"] in stage.shown


def test_a_summary_of_an_earlier_demo_does_not_outlive_a_failure(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert demo.main() == 0

    def refuse(*_: object) -> Path:
        raise StackError("cannot install demo.txt: no network")

    monkeypatch.setattr(demo, "install", refuse)
    assert demo.main() == 1
    assert stage.summary == {
        "met": False,
        "error": "cannot install demo.txt: no network",
        "disappointments": [],
        "runs": [],
        "unfinished": None,
    }


def test_what_nobody_expects_keeps_its_traceback_and_leaves_a_summary(stage: Stage) -> None:
    stage.breaks = KeyError("node")
    with pytest.raises(KeyError):
        demo.main()
    assert stage.summary["error"] == "Run 2: KeyError: 'node'"
    assert stage.commands == ["up", "down"]


def test_an_interruption_is_no_traceback_either(stage: Stage) -> None:
    stage.breaks = KeyboardInterrupt()
    assert demo.main() == 130
    assert stage.summary["error"] == "Run 2: Interrupted."
    assert stage.commands == ["up", "down"]


def test_words_in_brackets_are_shown_as_they_are(stage: Stage) -> None:
    stage.breaks = StackError("no element input[name=_save]")
    demo.main()
    assert "no element input[name=_save]" in stage.shown


def test_a_full_disk_is_one_line_without_a_summary(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "var/demo/summary.json")

    monkeypatch.setattr(demo, "write_summary", refuse)
    assert demo.main() == 1
    assert "No summary: Cannot use var/demo/summary.json: No space left on device." in stage.shown


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (KeyboardInterrupt(), "Interrupted.", 130),
        (GraphQLFailed("No such mission."), "No such mission.", 1),
        (httpx.ConnectError("refused"), "The API does not answer (refused). Look at", 1),
        (httpx.ReadTimeout(""), "The API does not answer (ReadTimeout). Look at", 1),
        (
            subprocess.CalledProcessError(3, ["python", "-m", "api.cli.main", "up"]),
            "`metamorph up` failed and said above what is wrong.",
            3,
        ),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "Cannot use /x: Permission", 1),
    ],
)
def test_expected_problems_have_a_line_and_a_code(
    error: BaseException, line: str, code: int
) -> None:
    assert (problems.describe(error) or "").startswith(line)
    assert problems.exit_code(error) == code


def test_a_bug_has_no_line() -> None:
    assert problems.describe(ValueError("x")) is None


async def test_an_account_of_another_database_names_the_file_to_delete() -> None:
    class Refusing(Client):
        async def log_in(self, email: str, password: str) -> None:
            raise GraphQLFailed("Wrong password.")

    client = Refusing("http://api.test")
    await client.close()
    with pytest.raises(GraphQLFailed, match=r"Wrong password\..*admin\.json and run the demo"):
        await demo.log_in(client, "demo@example.com", "secret")


async def test_something_else_at_the_address_is_said_so() -> None:
    client = Client("http://api.test")
    await client.close()
    answers = iter([httpx.Response(502, text="<html>"), httpx.Response(200, json=[1])])
    transport = httpx.MockTransport(lambda _: next(answers))
    client._http = httpx.AsyncClient(base_url=client.url, transport=transport)
    for status in (502, 200):
        with pytest.raises(GraphQLFailed, match=f"answered {status}, and not as GraphQL does"):
            await client.query("{ me { id } }")
    await client.close()


@pytest.mark.parametrize("left", ["", "[]", '{"email": "x"}'])
def test_an_account_half_written_down_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    made = []
    monkeypatch.setattr(stack, "call", lambda *words, given: made.append(words))
    (tmp_path / stack.PEOPLE_FILE).write_text(left)
    first = stack.make_administrator(tmp_path)
    assert stack.make_administrator(tmp_path) == first
    assert len(made) == 1


def test_runs_that_are_missing_are_no_disappointment(tmp_path: Path) -> None:
    write_summary(tmp_path / "s.json", Findings(), error="early")
    assert list_disappointments([]) == []
    assert json.loads((tmp_path / "s.json").read_text())["met"] is False
