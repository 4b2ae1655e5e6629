"""What a test was to do: the steps that were written for it, whether or not anybody came to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.executions.models import Execution
from domain.missions.asked import read_asked
from domain.missions.models import MissionTest
from domain.templates.models import TestKind
from domain.templates.placeholders import PLACEHOLDER
from workers.browser.sentences import name_step, shorten_quotes


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step as a browser would have announced it."""

    index: int
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a browser test, or what a person is asked to do."""

    steps: Sequence[PlannedStep] = ()
    requests: Sequence[str] = ()


def read_plan(test: MissionTest | None, execution: Execution) -> Plan:
    """What `execution` was to do; nothing when it belongs to no test.

    Plain parameters are filled in as they were settled for this run; secret ones stay placeholders.
    """
    if test is None:
        return Plan()
    _, shown = read_asked(execution.input)
    if test.kind == TestKind.MANUAL:
        return Plan(requests=[_fill(str(step), shown) for step in test.steps])
    return Plan(
        steps=[
            PlannedStep(index, str(step["kind"]), shorten_quotes(name_step(step, shown)))
            for index, step in enumerate(test.steps)
            if isinstance(step, dict) and "kind" in step
        ]
    )


def _fill(text: str, shown: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: shown.get(match[1], match[0]), text)
