"""The audit log repeats values, but no secret, nothing endless, nothing that is not text."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import pytest
from pydantic import SecretStr

from domain.shared.masking import mask_value

pytestmark = pytest.mark.unit

SECRET = "hunter2-hunter2"


class Colour(StrEnum):
    """Of nothing."""

    RED = "red"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", SECRET),
        ("password_hash", SECRET),
        ("totp_secret", SECRET),
        ("token", SECRET),
        ("refreshToken", SECRET),
        ("api_key", SECRET),
        ("cookies", [SECRET]),
        ("note", SecretStr(SECRET)),
        ("thumbprint", SECRET.encode()),
        ("parameters", {"user": {"sealed": SECRET}}),
        ("parameters", {"password": {"value": SECRET}}),
        ("parameters", {"pin": {"secret": True, "default": SECRET}}),
        ("anything", [{"deep": {"access_token": SECRET}}]),
        ("base_url", f"https://ann:{SECRET}@a.test/"),
        ("note", f"Authorization: Bearer {SECRET}"),
    ],
)
def test_a_secret_is_masked_by_name_type_neighbour_or_shape(name: str, value: object):
    assert SECRET not in json.dumps(mask_value(name, value))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("token_id", UUID(int=1), str(UUID(int=1))),
        ("password_changed_at", datetime(2025, 1, 31, tzinfo=UTC), "2025-01-31T00:00:00+00:00"),
        ("secret", True, True),
        ("token", None, None),
        ("sha256", "ab", "ab"),
        ("colour", Colour.RED, "red"),
        ("tags", ["a", "b"], ["a", "b"]),
        ("groups", {"b", "a"}, ["a", "b"]),
        ("parameters", {"user": {"value": "ann"}}, {"user": {"value": "ann"}}),
        ("number", 2**80, str(2**80)),
    ],
)
def test_what_is_no_secret_is_told_as_it_is(name: str, value: object, told: object):
    assert mask_value(name, value) == told


def test_what_is_endless_is_cut():
    text = mask_value("note", "x" * 5_000)
    assert text == f"{'x' * 2_000}… (5000 characters)"
    whole = mask_value("steps", [{"kind": "click", "number": number} for number in range(1_000)])
    assert isinstance(whole, dict)
    assert whole.keys() == {"omitted_bytes", "sha256"}
