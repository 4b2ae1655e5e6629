"""Where and how a run was carried out, as pairs of a name and a value."""

from collections.abc import Mapping, Sequence

from api.reports.attempts import name_worker
from api.reports.figures import format_moment
from api.reports.rows import ReportRows
from domain.executions.models import Execution
from domain.executions.states import AttemptOutcome


def list_facts(rows: ReportRows, leaves: Sequence[Execution]) -> list[tuple[str, str]]:
    """Only what is known, and nothing that could be secret."""
    attempts = [one for row in leaves for one in rows.attempts[row.id]]
    targets = {
        target
        for row in (rows.top, *leaves)
        if isinstance(target := row.input.get("base_url"), str) and target
    }
    losses = sum(one.outcome == AttemptOutcome.LOST for one in attempts)
    facts = {
        "Target": ", ".join(sorted(targets)),
        **_list_known(leaves, targets),
        "Started": format_moment(rows.top.started_at),
        "Finished": format_moment(rows.top.finished_at),
        "Attempts": f"{len(attempts)}, {losses} with a worker lost"
        if losses
        else str(len(attempts)),
        "Workers": "; ".join(sorted({name_worker(one.worker) for one in attempts})),
        "Run": str(rows.top.id),
        "Repeats": str(rows.top.replay_of or ""),
    }
    return [(name, value) for name, value in facts.items() if value]


def _list_known(leaves: Sequence[Execution], targets: set[str]) -> dict[str, str]:
    """What workers wrote down, but for the address when it is the target anyway."""
    environments = [row.output.get("environment") for row in leaves if row.output]
    return {
        str(name).capitalize(): str(value)
        for environment in environments
        if isinstance(environment, Mapping)
        for name, value in environment.items()
        if value not in targets
    }
