"""One list says which names hold secrets, for every log."""

import pytest

from domain.shared.log_secrets import hide_secrets
from domain.shared.masking import MASK, mask_value
from domain.shared.secret_names import is_secret_input

pytestmark = pytest.mark.unit

NAMES = ("password", "privateKey", "sealed", "api_key", "recovery_code", "token_hash", "signature")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_secret_in_one_log_is_secret_in_the_other(name: str):
    assert mask_value(name, "hunter2") == MASK
    assert "hunter2" not in str(hide_secrets(None, "info", {name: "hunter2"}))
    assert is_secret_input(name)


@pytest.mark.parametrize("name", ["code", "otp", "link", "value"])
def test_what_people_type_may_be_secret_under_names_that_columns_have_for_other_things(name: str):
    assert is_secret_input(name)
    assert mask_value(name, "plain") == "plain"
