"""Forms whose fields have the names of what a form has itself, as `<input name="id">`."""

import pytest

from tests.workers.browser.locate.conftest import Show, find, learn, mark_of

pytestmark = pytest.mark.integration

NAMES = (
    *("id", "name", "title", "action", "method", "role", "attributes", "children", "tagName"),
    *("className", "parentElement", "firstChild", "textContent", "nodeType", "shadowRoot"),
)
FORM = "<h2>Posts</h2><form class=icon><p>Row</p><input type=hidden name={0} value=1>{1}</form>"
BUTTON = "<button data-mark=it class={}>Delete</button>"


@pytest.mark.parametrize("name", NAMES)
async def test_a_field_hides_nothing_that_a_form_has_itself(show: Show, name: str) -> None:
    stored = await learn(await show(FORM.format(name, BUTTON.format("old"))), ".old")

    resolution = await find(await show(FORM.format(name, BUTTON.format("new"))), "css=.old", stored)

    assert resolution.element is not None, resolution.decision
    assert await mark_of(resolution.element) == "it"
