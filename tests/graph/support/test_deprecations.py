"""Deprecations have one form, are announced in time, and are found wherever they stand."""

from datetime import date

import pytest
from graphql import build_schema

from graph.support.deprecations import (
    Deprecation,
    deprecated,
    find_deprecations,
    read_deprecation,
)

pytestmark = pytest.mark.unit

ON, UNTIL = date(2026, 11, 30), date(2027, 5, 31)
TEXT = "Use `tests`. Deprecated on 2026-11-30; will be removed after 2027-05-31."


def test_a_deprecation_reads_as_it_was_written():
    assert deprecated("Use `tests`.", on=ON, until=UNTIL) == TEXT
    assert read_deprecation(TEXT) == Deprecation("Use `tests`.", ON, UNTIL)


@pytest.mark.parametrize("reason", ["", "Use `tests`", " .", "."])
def test_a_reason_that_is_no_sentence_is_refused(reason: str):
    with pytest.raises(ValueError, match="sentence"):
        deprecated(reason, on=ON, until=UNTIL)


def test_clients_get_ninety_days():
    assert deprecated("Use `tests`.", on=ON, until=date(2027, 2, 28))
    with pytest.raises(ValueError, match="less than 90 days"):
        deprecated("Use `tests`.", on=ON, until=date(2027, 2, 27))


@pytest.mark.parametrize(
    "text",
    [
        "No longer supported",
        "Use `tests`; goes on 2027-05-31.",
        TEXT.removesuffix("."),
        TEXT.replace("2027-05-31", "2027-02-31"),
        TEXT.replace("2027-05-31", "2026-12-31"),
    ],
)
def test_other_forms_and_impossible_dates_are_refused(text: str):
    with pytest.raises(ValueError, match=r"has to read|day is out of range|less than 90 days"):
        read_deprecation(text)


def test_they_are_found_on_everything_that_can_be_deprecated():
    schema = build_schema("""
        directive @show(how: String @deprecated(reason: "a")) on FIELD
        interface Named { name: String @deprecated(reason: "b") }
        type Query implements Named {
          name: String
          find(what: What, kind: Kind @deprecated(reason: "c")): Int @deprecated(reason: "d")
        }
        input What { word: String @deprecated(reason: "e") }
        enum Kind { OLD @deprecated(reason: "f") NEW }
    """)
    assert dict(find_deprecations(schema)) == {
        "@show(how:)": "a",
        "Named.name": "b",
        "Query.find(kind:)": "c",
        "Query.find": "d",
        "What.word": "e",
        "Kind.OLD": "f",
    }
