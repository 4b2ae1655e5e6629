"""Results: a table for people, `var/bench/<name>.json` for machines."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

OUTPUT = Path("var/bench")


@dataclass(frozen=True)
class Case:
    """One comparison. `ratio` is ours divided by the reference, whatever the unit."""

    name: str
    ours: float
    reference: float
    unit: str

    @property
    def ratio(self) -> float:
        """Ours divided by the reference."""
        return self.ours / self.reference if self.reference else 0.0


def write(name: str, title: str, cases: list[Case]) -> None:
    """Print the table and write the file."""
    table = Table(title=title)
    for column in ("case", "ours", "reference", "unit", "ours / reference"):
        table.add_column(column, justify="left" if column in ("case", "unit") else "right")
    for case in cases:
        values = (f"{case.ours:,.1f}", f"{case.reference:,.1f}", case.unit, f"{case.ratio:.2f}")
        table.add_row(case.name, *values)
    Console().print(table)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(case), "ratio": round(case.ratio, 4)} for case in cases]
    (OUTPUT / f"{name}.json").write_text(json.dumps({"cases": rows}, indent=2) + "\n")
