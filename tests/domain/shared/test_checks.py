"""Input is refused with everything that is wrong with it, and partial updates know what stays."""

import pytest

from domain.shared.changes import UNCHANGED, apply_change
from domain.shared.checks import Checks
from domain.shared.errors import Conflict, Invalid
from domain.shared.versions import require_version

pytestmark = pytest.mark.unit


def test_everything_refused_is_raised_at_once_and_only_once():
    checks = Checks()
    checks.name("", ("name",))
    checks.refuse(("name",), "This must not be empty.")
    checks.text("x\x00", ("description",))
    with pytest.raises(Invalid) as raised:
        checks.settle()
    assert (raised.value.field, raised.value.message) == (("name",), "This must not be empty.")
    assert raised.value.details == ((("description",), "This holds a NUL character."),)


def test_nothing_refused_is_nothing_raised():
    checks = Checks()
    assert checks.name("  Grüße ☂ ", ("name",)) == "Grüße ☂"
    assert checks.text(" two\nlines ", ("description",)) == " two\nlines "
    assert checks.settle() is None


@pytest.mark.parametrize("value", ["a\x00b", "a\nb", "a\x7fb", "x" * 201, "\ud800", "\t"])
def test_a_name_is_one_line_of_text(value: str):
    checks = Checks()
    checks.name(value, ("name",))
    with pytest.raises(Invalid):
        checks.settle()


def test_what_was_not_mentioned_stays_and_none_clears():
    assert apply_change(UNCHANGED, "old") == "old"
    assert apply_change("new", "old") == "new"
    assert apply_change(None, "old") is None


def test_a_version_that_was_not_named_is_not_compared():
    require_version("The thing", 3, None)
    require_version("The thing", 3, 3)
    with pytest.raises(Conflict, match="The thing was changed meanwhile: it is at version 3, not"):
        require_version("The thing", 3, 2)
