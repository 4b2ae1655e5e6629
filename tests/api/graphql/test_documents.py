"""Documents are parsed once, and remembered within a bound."""

import pytest

from api.graphql.documents import (
    ENTRY_BYTES,
    PLAN_BYTES_PER_CHARACTER,
    TREE_BYTES_PER_CHARACTER,
    Documents,
)
from graph.support.limits import Limits
from graph.support.masking import RequestRefused
from tests.api.graphql.toy import schema

pytestmark = pytest.mark.unit


def make_documents(cache_bytes: int = 1_000_000) -> Documents:
    """An empty memory."""
    return Documents(schema._schema, Limits(), suggest=False, cache_bytes=cache_bytes)


def test_the_same_text_is_parsed_once():
    documents = make_documents()

    assert documents.prepare("{hello}") is documents.prepare("{hello}")
    assert documents.prepare("{hello }") is not documents.prepare("{hello}")


def test_the_longest_unused_document_is_forgotten_first():
    text = "{hello}"
    per_character = TREE_BYTES_PER_CHARACTER + PLAN_BYTES_PER_CHARACTER
    room = 2 * (ENTRY_BYTES + per_character * (len(text) + 1))
    documents = make_documents(room)
    first, second = documents.prepare(text), documents.prepare(text + " ")
    assert documents.prepare(text) is first

    documents.prepare(text + ",")

    assert documents.held_bytes <= room
    assert documents.prepare(text) is first
    assert documents.prepare(text + " ") is not second


def test_memory_stays_within_its_bound_whatever_comes():
    documents = make_documents(50_000)

    for number in range(200):
        documents.prepare(f'{{hello(name:"{number}")}}')

    assert 0 < documents.held_bytes <= 50_000


@pytest.mark.parametrize("text", ["{", "{nothing}", "{a:hello " * 3, "{hello @unknown}"])
def test_what_is_refused_is_not_remembered(text: str):
    documents = make_documents()

    with pytest.raises(RequestRefused):
        documents.prepare(text)

    assert documents.held_bytes == 0


def test_what_is_too_long_for_the_memory_still_runs():
    documents = make_documents(10)

    assert documents.prepare("{hello}").is_query
    assert documents.held_bytes == 0


def test_a_document_that_may_have_several_plans_weighs_more():
    text = "query ($a: Boolean!) { __typename @skip(if: $a) }"
    documents = make_documents()
    documents.prepare(text)
    per_character = TREE_BYTES_PER_CHARACTER + 2 * PLAN_BYTES_PER_CHARACTER
    assert documents.held_bytes == ENTRY_BYTES + per_character * len(text)
