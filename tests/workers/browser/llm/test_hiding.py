"""What a model may see of a text, and how what was hidden comes back."""

import pytest

from workers.browser.llm.hiding import Hiding

pytestmark = pytest.mark.unit


def test_secrets_and_personal_data_are_hidden():
    hiding = Hiding(["hunter2-long"])
    hidden = hiding.hide("hunter2-long, anna@example.org, 4111 1111 1111 1111, aHVudGVyMi1sb25n")
    assert hidden == "•••, [email], [digits], •••"


def test_numbered_masks_are_put_back():
    hiding = Hiding()
    text = "anna@example.org or bert@example.org, again anna@example.org, 030 1234567"
    hidden = hiding.hide_numbered(text)
    assert hidden == "[email 1] or [email 2], again [email 1], [digits 3]"
    assert hiding.restore(f"call {hidden}") == f"call {text}"


def test_a_secret_is_never_put_back():
    hiding = Hiding(["hunter2-long"])
    hidden = hiding.hide_numbered("hunter2-long and anna@example.org")
    assert hidden == "••• and [email 1]"
    assert hiding.restore(hidden) == "••• and anna@example.org"


def test_a_mask_that_the_page_writes_itself_stands_for_itself():
    hiding = Hiding()
    hidden = hiding.hide_numbered("[email] is anna@example.org")
    assert hiding.restore(hidden) == "[email] is anna@example.org"
    assert hiding.restore("[email 9]") == "[email 9]"


def test_very_many_masks_are_not_numbered():
    text = " ".join(f"a{n}@example.org" for n in range(20))
    assert Hiding().hide_numbered(text) == " ".join(["[email]"] * 20)


def test_what_hides_the_beginning_of_a_secret_as_well_is_not_numbered():
    text = f"{', '.join(['12345678'] * 12)} of, {'a, ' * 200}corr"
    hidden = Hiding(["correct horse"]).hide_numbered(text)
    assert hidden == f"{', '.join(['[digits]'] * 12)} of, {'a, ' * 200}[secret]"
