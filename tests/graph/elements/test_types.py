"""Elements lead to runs, which lead to elements: one of the two is named before it is there."""

import pytest

from graph.elements.types import ElementDecision, ElementVersion
from graph.executions.types import Execution
from graph.schema import schema
from graph.support.rows import take_apart

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("shown", [ElementVersion, ElementDecision])
def test_the_type_that_is_named_is_the_one_that_is_shown(shown: type) -> None:
    kind = schema.get_type_by_name(shown.__name__)
    field = next(one for one in kind.fields if one.python_name == "execution")
    assert take_apart(field.type) == (Execution, False)
