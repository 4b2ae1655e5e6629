"""What becomes of an element that has changed: used, suggested, or left alone."""

import pytest

from domain.elements.stored import StoredElement
from tests.workers.browser.locate.conftest import Show, find, mark_of

pytestmark = pytest.mark.integration

BEFORE = "<h1>Orders</h1><button id='go' class='cta' title='All of it'>Confirm</button>"
AFTER = BEFORE.replace("<button id='go'", "<div><button id='other' data-mark='it'")


async def learn(show: Show, target: str = "css=#go") -> StoredElement:
    """What is learned on the page as it was."""
    resolution = await find(await show(BEFORE), target)
    assert resolution.learned is not None
    return StoredElement.from_json({**resolution.learned.to_json(), "said": ""})


async def test_healing_uses_what_has_changed(show: Show):
    stored = await learn(show)
    found = await find(await show(AFTER), "css=#go", stored)
    assert await mark_of(found.element) == "it"
    assert found.learned is not None
    assert found.learned.reason == "healed"


async def test_suggesting_uses_nothing_and_keeps_what_was_recognised(show: Show):
    stored = await learn(show)
    found = await find(await show(AFTER), "css=#go", stored, healing="suggest")
    assert found.element is None
    assert found.suggested
    assert found.decision["suggested"] is True
    assert found.learned is not None
    assert found.learned.reason == "suggested"
    assert found.learned.fingerprint.attributes["id"] == "other"
    assert "only suggests" in found.abstained_because


async def test_what_has_not_changed_needs_no_suggestion(show: Show):
    stored = await learn(show)
    found = await find(await show(BEFORE), "css=#go", stored, healing="suggest")
    assert found.element is not None
    assert not found.suggested


async def test_words_lead_to_it_before_anything_is_suggested(show: Show):
    stored = await learn(show, "click Confirm")
    found = await find(await show(AFTER), "click Confirm", stored, healing="suggest")
    assert await mark_of(found.element) == "it"
    assert found.learned is not None
    assert (found.method, found.learned.reason) == ("heuristic", "updated")


async def test_without_healing_nothing_else_is_looked_for(show: Show):
    stored = await learn(show)
    found = await find(await show(AFTER), "css=#go", stored, healing="off")
    assert found.element is None
    assert (found.learned, found.suggested) == (None, False)


async def test_without_healing_words_still_lead_to_it(show: Show):
    stored = await learn(show, "click Confirm")
    found = await find(await show(AFTER), "click Confirm", stored, healing="off")
    assert await mark_of(found.element) == "it"
