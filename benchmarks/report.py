"""Results: a table for people, `var/bench/<name>.json` for machines."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

OUTPUT = Path("var/bench")
LOG_WIDTH = 120


@dataclass(frozen=True)
class Target:
    """What a case should come to; a case that does not is shown as missed, and fails nothing.

    Attributes:
        limit: the worst value that is good enough.
        is_floor: whether more is better.
        of: what is compared: ours in the case's unit, or ours divided by the reference.
    """

    limit: float
    is_floor: bool
    of: Literal["ours", "ratio"]

    def is_met_by(self, case: "Case") -> bool:
        """Whether a case reaches it."""
        value = case.ours if self.of == "ours" else case.ratio
        return value >= self.limit if self.is_floor else value <= self.limit

    def describe(self, unit: str) -> str:
        """As people read it."""
        sign = "≥" if self.is_floor else "≤"
        amount = f"{self.limit:,.0f} {unit}" if self.of == "ours" else f"{self.limit:.2f} x"
        return f"{sign} {amount}"


def at_least(limit: float, of: Literal["ours", "ratio"] = "ours") -> Target:
    """More is better."""
    return Target(limit, is_floor=True, of=of)


def at_most(limit: float, of: Literal["ours", "ratio"] = "ours") -> Target:
    """Less is better."""
    return Target(limit, is_floor=False, of=of)


@dataclass(frozen=True)
class Case:
    """One comparison. `ratio` is ours divided by the reference, whatever the unit."""

    name: str
    ours: float
    reference: float
    unit: str
    target: Target | None = None

    @property
    def ratio(self) -> float:
        """Ours divided by the reference."""
        return self.ours / self.reference if self.reference else 0.0

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        return None if self.target is None else self.target.is_met_by(self)


def write(name: str, title: str, cases: list[Case], **facts: float) -> None:
    """Print the table and write the file; `facts` are numbers that both sides share."""
    table = Table(title=title)
    for column in ("case", "ours", "reference", "ratio", "target", ""):
        table.add_column(column, justify="left" if column in ("case", "") else "right")
    for case in cases:
        amounts = [f"{amount:,.1f} {case.unit}" for amount in (case.ours, case.reference)]
        wanted = "" if case.target is None else case.target.describe(case.unit)
        table.add_row(case.name, *amounts, f"{case.ratio:.2f} x", wanted, say(case.is_met))
    show(table)
    rows = [
        {**asdict(case), "ratio": round(case.ratio, 4), "is_met": case.is_met} for case in cases
    ]
    write_json(name, {**facts, "cases": rows})


def show(table: Table) -> None:
    """Print a table, in full width where nobody watches and a log is written."""
    Console(width=None if sys.stdout.isatty() else LOG_WIDTH).print(table)


def write_json(name: str, result: object) -> None:
    """Write `var/bench/<name>.json`."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")


def say(is_met: bool | None) -> str:
    """A verdict for a table."""
    if is_met is None:
        return ""
    return "[green]met[/]" if is_met else "[bold red]missed[/]"
