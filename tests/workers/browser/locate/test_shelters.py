"""Elements inside shadow roots and frames, learned and found again there."""

import pytest
from playwright.async_api import Page

from domain.elements.stored import StoredElement
from tests.workers.browser.locate.conftest import Show, find, mark_of

pytestmark = pytest.mark.integration

SHADOW = """
<p>Outside</p>
<user-card></user-card>
<script>
customElements.get('user-card') || customElements.define('user-card', class extends HTMLElement {
  connectedCallback() {
    this.attachShadow({ mode: 'open' }).innerHTML =
      `<h2>Anna</h2><label>Nickname <input name="nick" data-mark="nick"></label>
       <button id="greet" data-mark="greet">Greet</button>`;
  }
});
</script>
"""


def framed(inner: str, *, style: str = "") -> str:
    escaped = inner.replace('"', "&quot;")
    return f'<h1>Shop</h1><iframe name="pay" style="{style}" srcdoc="{escaped}"></iframe>'


CARD = "<label>Card number <input name='card' data-mark='card'></label><button data-mark='pay'>Pay</button>"


async def relearned(page: Page, instruction: str) -> StoredElement:
    resolution = await find(page, instruction)
    assert resolution.learned is not None, resolution.abstained_because
    return StoredElement.from_json(resolution.learned.to_json())


@pytest.mark.parametrize(
    ("instruction", "mark"), [("click Greet", "greet"), ("fill Nickname with x", "nick")]
)
async def test_an_element_in_a_shadow_root_is_found_and_a_hit_the_next_time(
    show: Show, instruction: str, mark: str
) -> None:
    stored = await relearned(await show(SHADOW), instruction)
    assert stored.selectors[0].hosts == ("body > user-card:nth-of-type(1)",)

    again = await find(await show(SHADOW), instruction, stored)

    assert (again.method, await mark_of(again.element)) == ("cache", mark)


async def test_an_element_in_a_shadow_root_is_healed_when_its_host_moved(show: Show) -> None:
    stored = await relearned(await show(SHADOW), "click Greet")
    moved = SHADOW.replace("<user-card>", "<main><div><user-card>").replace(
        "</user-card>", "</user-card></div></main>"
    )

    again = await find(await show(moved), "click Greet", stored)

    assert (again.method, await mark_of(again.element)) == ("healed", "greet")


async def test_a_twin_outside_does_not_stand_in_for_one_in_a_shadow_root(show: Show) -> None:
    stored = await relearned(await show(SHADOW), "click Greet")
    outside = "<section><h2>Bert</h2><p>Other</p><button id='welcome'>Greet</button></section>"

    assert (await find(await show(outside), "click Greet", stored)).element is None


@pytest.mark.parametrize(
    ("instruction", "mark"), [("click Pay", "pay"), ("fill Card number with 1", "card")]
)
async def test_an_element_in_a_frame_is_found_and_a_hit_the_next_time(
    show: Show, instruction: str, mark: str
) -> None:
    stored = await relearned(await show(framed(CARD)), instruction)
    assert stored.frame is not None

    again = await find(await show(framed(CARD)), instruction, stored)

    assert (again.method, await mark_of(again.element)) == ("cache", mark)


async def test_an_element_in_a_hidden_frame_is_not_there(show: Show) -> None:
    page = await show(framed(CARD, style="display: none"))

    assert (await find(page, "click Pay")).element is None


async def test_equal_buttons_in_a_page_and_in_its_frame_are_a_tie(show: Show) -> None:
    page = await show("<button>Pay</button>" + framed(CARD))

    resolution = await find(page, "click Pay")

    assert resolution.element is None
    assert len(resolution.candidates) == 2


async def test_an_element_whose_frame_is_gone_is_not_found_in_the_page(show: Show) -> None:
    stored = await relearned(await show(framed(CARD)), "click Pay")
    page = await show(
        "<h1>Tips</h1><form><p>For the waiter</p><button id='tip'>Pay</button></form>"
    )

    assert (await find(page, "click Pay", stored)).element is None


async def test_a_closed_shadow_root_hides_what_is_in_it(show: Show) -> None:
    page = await show(
        "<div id='host'></div><script>document.getElementById('host')"
        ".attachShadow({mode: 'closed'}).innerHTML = '<button>Greet</button>'</script>"
    )

    resolution = await find(page, "click Greet")

    assert resolution.element is None
    assert "nothing on the page answers" in resolution.abstained_because
