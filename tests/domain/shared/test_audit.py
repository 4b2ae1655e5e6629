"""Entries of the audit log say what changed, and of a secret only that it did."""

from datetime import UTC, datetime

import orjson
import pytest

from domain.accounts.models import AccessToken, User
from domain.missions.models import Mission
from domain.shared.actor import Actor
from domain.shared.audit import (
    SYSTEM,
    Author,
    Entity,
    Entry,
    changed,
    created,
    deleted,
    snapshot,
    write_record,
)
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from domain.shared.masking import MASK
from domain.shared.origin import NOWHERE

pytestmark = pytest.mark.unit

SECRET = "hunter2-hunter2"
ACTOR = Actor(new_id(), new_id(), new_id(), frozenset(), "Sam")


def make_user(**values: object) -> User:
    return User(**{"id": new_id(), "email": "a@a.test", "display_name": "Ann", **values})


def read(entry: Entry) -> dict[str, object]:
    return orjson.loads(write_record(entry, NOWHERE))


def test_text_that_no_database_holds_is_made_harmless():
    told = read(Entry("x.y", ACTOR, Entity("Mission", None, "a\x00b\ud800"), after={"n": "\x00"}))
    assert (told["entity_label"], told["after"]) == ("a\ufffdb?", {"n": "\ufffd"})


def test_only_what_has_changed_is_told():
    user = make_user(password_hash="old", disabled_at=None)
    before = snapshot(user)
    user.display_name, user.password_hash = "Bea", "new"
    told = read(changed("account.update", ACTOR, user, before))
    assert told["before"] == {"display_name": "Ann", "password_hash": MASK}
    assert told["after"] == {"display_name": "Bea", "password_hash": MASK}
    assert (told["entity_type"], told["entity_label"]) == ("Account", "Bea")


def test_what_is_new_is_told_without_what_it_leaves_empty():
    token = AccessToken(id=new_id(), name="ci", hint="mm…x", token_hash=b"x", scopes=["a"])
    told = read(created("access_token.create", ACTOR, token))
    assert told["after"] == {"name": "ci", "hint": "mm…x", "token_hash": MASK, "scopes": ["a"]}
    assert "before" not in told


def test_what_is_deleted_is_told_as_it_was():
    mission = Mission(id=new_id(), name="M", parameters={"p": {"sealed": SECRET}})
    mission.deleted_at = datetime.now(UTC)
    told = read(deleted("mission.delete", ACTOR, mission))
    assert told["before"] == {"name": "M", "parameters": {"p": {"sealed": MASK}}}
    assert "after" not in told


def test_a_record_is_the_same_text_whatever_order_it_was_said_in():
    one = write_record(Entry("x.y", ACTOR, after={"a": 1, "b": 2}), NOWHERE)
    two = write_record(Entry("x.y", ACTOR, after={"b": 2, "a": 1}), NOWHERE)
    assert one == two


def test_what_the_system_does_is_told_in_the_log_of_the_installation():
    entry = Entry("workspace.purge", SYSTEM)
    assert entry.target == SYSTEM_WORKSPACE
    told = read(entry)
    assert told == {"action": "workspace.purge", "actor_name": "system", "via": "system"}


def test_an_author_without_a_name_gets_the_one_that_is_known():
    user_id = new_id()
    entry = Entry("account.create", Author(user_id))
    told = orjson.loads(write_record(entry, NOWHERE, {user_id: "Zoë"}))
    assert (told["actor_name"], told["via"]) == ("Zoë", "request")
