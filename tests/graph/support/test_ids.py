"""Global ids: one spelling for each entity, and nothing to learn from a wrong one."""

import base64
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.support.ids import encode_id, parse_id

pytestmark = pytest.mark.unit

NAME, IDENTITY = "Mission", UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@given(st.uuids())
def test_an_id_holds_its_type_and_uuid(identity: UUID):
    assert parse_id(encode_id(NAME, identity)) == (NAME, identity)


@given(st.text())
def test_case_17_any_text_is_an_id_or_nothing(text: str):
    found = parse_id(text)

    assert found is None or encode_id(*found) == text


@pytest.mark.parametrize(
    "spelling",
    [
        f"{NAME}:{IDENTITY}",
        f"{NAME}:{{{IDENTITY}}}",
        f"{NAME}:{IDENTITY.hex.upper()}",
        f"{NAME}:urn:uuid:{IDENTITY}",
    ],
)
def test_case_17_other_spellings_of_the_same_uuid_are_no_ids(spelling: str):
    assert parse_id(base64.urlsafe_b64encode(spelling.encode()).decode().rstrip("=")) is None


def test_case_17_padding_and_loose_bits_are_no_ids():
    good = encode_id(NAME, IDENTITY)

    assert parse_id(good + "=") is None
    assert parse_id(good + "\n") is None
    assert parse_id("\ud800") is None
