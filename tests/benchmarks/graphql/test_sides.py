"""How each side is asked."""

import base64
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from benchmarks.graphql import packages, sides
from benchmarks.graphql.seed import Seeded
from benchmarks.graphql.shapes import DEEP_PAGE, HANDWRITTEN, ONE, POSTGRAPHILE, TEXTBOOK, Shape
from benchmarks.graphql.sides import OURS, REFERENCES
from benchmarks.references.handwritten import read_key
from e2e.node_clients import CannotTry
from graph.support.ids import parse_id
from graph.support.paging import decode_cursor

pytestmark = pytest.mark.unit

KEY = (datetime(2020, 1, 1, 0, 1, 41, tzinfo=UTC), UUID(int=2))
SEEDED = Seeded(UUID(int=3), UUID(int=1), KEY)
ASKED = {side.name: side for side in (OURS, *REFERENCES)}


def read(side: str, shape: Shape) -> dict[str, str]:
    """The variables of a request."""
    _, body = ASKED[side].ask(shape, SEEDED)
    sent = json.loads(body)
    variables: dict[str, str] = sent.get("variables", sent)
    return variables


def test_ours_gets_its_own_ids_and_cursors() -> None:
    assert parse_id(read("ours", ONE)["id"]) == ("Mission", UUID(int=1))
    assert decode_cursor(read("ours", DEEP_PAGE)["after"], "after") == KEY


@pytest.mark.parametrize("side", [HANDWRITTEN, TEXTBOOK])
def test_references_of_ours_get_plain_ones(side: str) -> None:
    assert read(side, ONE)["id"] == str(UUID(int=1))
    assert read_key(read(side, DEEP_PAGE)["after"]) == KEY


def test_postgraphile_gets_lists_in_base64() -> None:
    identity = base64.b64decode(read(POSTGRAPHILE, ONE)["id"])
    assert json.loads(identity) == ["missions", str(UUID(int=1))]


@pytest.mark.parametrize("side", [TEXTBOOK, "ours"])
def test_the_same_document_goes_to_both_that_share_a_schema(side: str) -> None:
    _, body = ASKED[side].ask(ONE, SEEDED)
    assert json.loads(body)["query"] == ONE.document


def test_without_node_postgraphile_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CannotTry, match=r"Node\.js 20"):
        sides.write_command(POSTGRAPHILE)


def test_the_lock_file_names_no_registry() -> None:
    locked = json.loads((packages.SOURCES / "package-lock.json").read_text())
    assert locked["packages"]["node_modules/postgraphile"]["version"] == "4.14.1"
    assert not [name for name, one in locked["packages"].items() if "resolved" in one]
