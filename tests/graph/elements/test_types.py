"""Elements lead to runs, which lead to elements: one of the two is named before it is there."""

import pytest
from graphql import parse

from graph.elements.types import ElementDecision, ElementVersion
from graph.executions.types import Execution
from graph.schema import schema
from graph.support.limits import Limits, measure
from graph.support.rows import take_apart

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("shown", [ElementVersion, ElementDecision])
def test_the_type_that_is_named_is_the_one_that_is_shown(shown: type) -> None:
    kind = schema.get_type_by_name(shown.__name__)
    field = next(one for one in kind.fields if one.python_name == "execution")
    assert take_apart(field.type) == (Execution, False)


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("{elements(first:100){edges{node{versions(first:50){edges{node{picture}}}}}}}", 250_000),
        ("{elementDecisions(first:100){edges{node{pictures{before after}}}}}", 10_000),
        ('{elementStatistics(from:"2026-01-01",to:"2026-02-01"){hitRate}}', 500),
    ],
)
def test_what_is_much_to_read_or_to_send_is_not_had_for_nothing(text: str, least: int) -> None:
    assert measure(schema._schema, parse(text), Limits())[0].cost({}) >= least
