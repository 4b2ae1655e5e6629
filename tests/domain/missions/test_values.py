"""Which value of a parameter applies, and what is kept of secret ones."""

import pytest

from domain.missions.values import (
    ParameterState,
    Vault,
    change_stored,
    describe_values,
    list_disputed_names,
    list_missing,
    merge_plain,
    read_plain,
    read_sealed,
)
from domain.shared.crypto import SealBroken
from domain.shared.ids import new_id
from domain.templates.rules import Parameter
from tests.factories.missions import SEALER

pytestmark = pytest.mark.unit

DECLARED = {
    "colour": Parameter("colour", default="red"),
    "user": Parameter("user"),
    "password": Parameter("password", secret=True),
}


def test_a_runs_value_beats_the_missions_and_that_the_default():
    stored = {"colour": {"value": "green"}}
    assert merge_plain(DECLARED, {}, {}) == {"colour": "red"}
    assert merge_plain(DECLARED, stored, {}) == {"colour": "green"}
    assert merge_plain(DECLARED, stored, {"colour": "blue", "user": "ada"}) == {
        "colour": "blue",
        "user": "ada",
    }


def test_an_empty_text_is_a_value():
    assert list_missing(DECLARED, {"user": {"value": ""}}, {}) == ["password"]


def test_sealed_values_are_present_but_not_plain():
    stored = change_stored({}, {"password": "hunter2"}, {"password": True}, Vault(SEALER, new_id()))
    assert list_missing(DECLARED, stored, {}) == ["user"]
    assert read_plain(stored) == {}
    assert "hunter2" not in str(stored)
    assert merge_plain(DECLARED, stored, {}) == {"colour": "red"}


def test_a_sealed_value_opens_for_its_own_mission_and_name_only():
    vault = Vault(SEALER, new_id())
    stored = change_stored({}, {"password": "hunter2"}, {"password": True}, vault)
    sealed = read_sealed(stored)["password"]
    assert vault.open("password", sealed) == "hunter2"
    with pytest.raises(SealBroken):
        vault.open("other", sealed)
    with pytest.raises(SealBroken):
        Vault(SEALER, new_id()).open("password", sealed)


def test_a_change_to_nothing_takes_the_value_away():
    vault = Vault(SEALER, new_id())
    stored = {"user": {"value": "ada"}, "colour": {"value": "red"}}
    assert change_stored(stored, {"user": None}, {"user": False}, vault) == {
        "colour": {"value": "red"}
    }


def test_a_name_that_is_secret_in_one_test_and_plain_in_another_is_disputed():
    plain = {"token": Parameter("token"), "user": Parameter("user")}
    secret = {"token": Parameter("token", secret=True)}
    assert list_disputed_names([plain, secret]) == ["token"]
    assert list_disputed_names([secret, secret]) == []


def test_parameters_are_described_without_secret_values():
    vault = Vault(SEALER, new_id())
    stored = change_stored(
        {"colour": {"value": "green"}}, {"password": "hunter2"}, {"password": True}, vault
    )
    described = describe_values([DECLARED, {"colour": Parameter("colour")}], stored)
    assert described == [
        ParameterState("colour", secret=False, value="green", is_set=True, is_required=True),
        ParameterState("password", secret=True, value=None, is_set=True, is_required=True),
        ParameterState("user", secret=False, value=None, is_set=False, is_required=True),
    ]
    assert not describe_values([{"a": Parameter("a", "x")}], {})[0].is_required
