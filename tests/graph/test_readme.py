"""What the README tells people to send is what the schema takes."""

import re
from pathlib import Path

import pytest
from graphql import DocumentNode, build_schema, parse, validate

from graph.schema import schema

pytestmark = pytest.mark.contract

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```graphql\n(.*?)```", README.read_text(), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block[:30])
def test_an_example_is_valid(block: str) -> None:
    definitions = parse(block).definitions
    told = build_schema(schema.as_str())
    errors = [validate(told, DocumentNode(definitions=(one,))) for one in definitions]
    assert errors == [[] for _ in definitions]
