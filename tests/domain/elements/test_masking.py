"""Personal data and secrets do not get past this point."""

import pytest

from domain.elements.masking import clean_text, holds_mask, mask_text

pytestmark = pytest.mark.unit

MASKED = {
    "write to anna.b+x@mail.example.org today": "write to [email] today",
    "call +49 (0)30 1234 5678": "call [digits]",
    "card 4111 1111 1111 1111": "card [digits]",
    "order 123456": "order [digits]",
    "born 01.01.1990, call 0171 2345678": "born 01.01.1990, call [digits]",
    "1 (555) 123-4567 at 12:30": "[digits] at 12:30",
    "78-05-1120": "[digits]",
    "u1795208261440202057": "u[digits]",
    "id 0190a2b4-7c1e-7d3a-9f00-1234567890ab": "id [uuid]",
    "Bearer eyJhbGciOi.eyJzdWIiOiIx.c2ln": "Bearer [token]",
    "key abcDEF1234567890abcDEF1234567890": "key [token]",
}
KEPT = (
    "Save and add another",
    "Inbox (12)",
    "12:30 on 24 May",
    "Room 12345",
    "auth | user | Can view user",
    "internationalization-and-localization",
    "99.99 €",
    "Created 01.01.2015 57% Complete",
    "May 23, 2014 11:47:56 PM",
    "3 2024-05-23 12:30:01",
    "2024-05-23T12:30:01Z",
    "12/31/2024 10 %",
    "33 2008/11/28 $162,700",
    "Previous 1 2 3 4 5 6 7 Next",
)


@pytest.mark.parametrize("text", MASKED)
def test_private_text_is_masked(text: str) -> None:
    assert mask_text(text) == MASKED[text]
    assert holds_mask(mask_text(text))


@pytest.mark.parametrize("text", KEPT)
def test_ordinary_text_is_kept(text: str) -> None:
    assert mask_text(text) == text
    assert not holds_mask(text)


def test_known_secrets_are_masked_wherever_they_stand() -> None:
    assert mask_text("Hello hunter2!", ["hunter2"]) == "Hello [secret]!"


def test_a_secret_of_two_letters_does_not_blank_out_words() -> None:
    assert mask_text("Save", ["av"]) == "Save"


def test_masking_twice_changes_nothing() -> None:
    for text in MASKED.values():
        assert mask_text(text) == text


def test_text_is_made_fit_for_the_database() -> None:
    assert clean_text("a\x00b") == "ab"
    assert clean_text("half \ud83d of a pair").encode()
    assert clean_text("whole 😀") == "whole 😀"


def test_the_beginning_of_a_secret_where_a_text_was_cut_is_masked():
    cut = ("w " * 40 + "hunter-correct-horse")[:90]
    assert mask_text(cut, ["hunter-correct-horse"]) == "w " * 40 + "[secret]"


def test_short_texts_are_whole_and_keep_what_only_begins_like_a_secret():
    assert mask_text("Click hunt", ["hunter-correct-horse"]) == "Click hunt"
