"""What a person sees in the terminal: a bar per test while it runs, tables afterwards."""

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from e2e.demo.results import RunResult, TestResult

console = Console()

COLORS = {"SUCCEEDED": "green", "FAILED": "red", "RUNNING": "cyan", "SCHEDULED": "dim"}


class Bars:
    """A bar per test, moved by the events of `missionProgress`."""

    def __init__(self, tests: dict[str, int]) -> None:
        self._progress = Progress(
            TextColumn("  {task.description:<28}"),
            BarColumn(24),
            TextColumn("{task.completed:>2.0f}/{task.total:.0f} steps"),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._steps = tests
        self._tasks: dict[str, TaskID] = {
            name: self._progress.add_task(name, total=steps, state="[dim]waiting", start=False)
            for name, steps in tests.items()
        }

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, event: dict[str, Any]) -> None:
        """Move what the event is about."""
        task = self._tasks.get(event["title"] or "")
        if task is None:
            return
        kind, status = event["kind"], event["status"]
        state = f"[{COLORS.get(status, 'yellow')}]{status.lower()}"
        if kind == "TEST_STARTED":
            self._progress.start_task(task)
            self._progress.update(task, state=state)
        elif kind == "TEST_PROGRESS":
            self._progress.update(task, completed=(event["stepIndex"] or 0) + 1, state=state)
        elif kind == "TEST_FINISHED":
            done = self._steps[event["title"]] if status == "SUCCEEDED" else None
            self._progress.update(task, completed=done, state=state)
            self._progress.stop_task(task)


def show_two_runs(first: RunResult, second: RunResult) -> None:
    """The table that says whether the cache was worth it."""
    table = Table(title="The same mission twice, on the same site")
    table.add_column("test")
    for column in ("outcome", "first run", "second run", "cache hits"):
        table.add_column(column, justify="right")
    for one, two in zip(first.tests, second.tests, strict=True):
        table.add_row(
            one.name,
            _outcome(two) if one.outcome == "SUCCEEDED" else _outcome(one),
            f"{one.milliseconds / 1000:.2f} s",
            f"{two.milliseconds / 1000:.2f} s",
            f"{two.hits} of {two.lookups}",
        )
    console.print(table)


def show_changed_site(run: RunResult) -> None:
    """What became of the elements on the changed site."""
    table = Table(title=f"The same mission on {run.site}")
    table.add_column("test")
    for column in ("outcome", "recognised", "healed", "abstained"):
        table.add_column(column, justify="right")
    for test in run.tests:
        counts = (str(test.hits), str(test.healed), str(test.abstained))
        table.add_row(test.name, _outcome(test), *counts)
    console.print(table)
    for test in run.tests:
        for note in test.notes:
            console.print(f"  {test.name}, {note}", style="dim", markup=False, highlight=False)
    if any(test.abstained for test in run.tests):
        console.print("Where it is not certain it abstains, and the test fails rather than guess.")


def _outcome(test: TestResult) -> str:
    return f"[{COLORS.get(test.outcome, 'yellow')}]{test.outcome.lower()}[/]"
