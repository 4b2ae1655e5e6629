"""Pictures of elements: taken without a trace, kept only where they may be, and proof in doubt."""

import base64

import pytest
from playwright.async_api import Page

from domain.elements.pictures import hash_picture
from domain.elements.policy import Policy, Thresholds
from domain.elements.stored import StoredElement
from tests.workers.browser.locate.conftest import Show, find, mark_of
from workers.browser.locate import Pictures
from workers.browser.locate.pictures import Taken

pytestmark = pytest.mark.integration

WATCHED = (
    "<script>window.heard = []; for (const kind of ['scroll', 'resize', 'focus', 'mousemove'])"
    " addEventListener(kind, () => heard.push(kind), true)</script>"
)


async def take(page: Page, selector: str = "#it", secrets: tuple[str, ...] = ()) -> Taken | None:
    """The picture of one element."""
    element = await page.query_selector(selector)
    assert element is not None
    return await Pictures().take(page, element, secrets)


async def test_a_picture_shows_the_element_and_nothing_else(show: Show):
    page = await show("<p>Above</p><button id='it' style='width:120px;height:40px'>Save</button>")
    taken = await take(page)
    assert taken is not None
    png = base64.b64decode(taken.text)
    assert hash_picture(png) == taken.hashes
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (120, 40)


async def test_the_page_does_not_notice_that_it_is_drawn(show: Show):
    page = await show(f"{WATCHED}<button id='it'>Save</button><p style='height:3000px'>")
    assert await take(page) is not None
    assert await page.evaluate("heard") == []


async def test_what_the_window_does_not_show_is_not_scrolled_to(show: Show):
    page = await show(f"{WATCHED}<p style='height:3000px'></p><button id='it'>Save</button>")
    assert await take(page) is None
    assert await page.evaluate("[heard.length, scrollY]") == [0, 0]


async def test_an_element_in_a_frame_is_drawn_where_it_stands(show: Show):
    button = "<b id=it style='display:block;width:80px;height:24px;background:navy'>Save</b>"
    inner = f"<body style='margin:0;background:teal'>{button}"
    page = await show(f'<p>Above</p><iframe srcdoc="{inner}"></iframe>{button}')
    frame = page.frames[1]
    await frame.wait_for_selector("#it")
    inside, outside = await frame.query_selector("#it"), await page.query_selector("body > #it")
    assert inside is not None
    assert outside is not None
    both = [await Pictures().take(page, one, ()) for one in (inside, outside)]
    assert all(both)
    assert both[0] == both[1]


@pytest.mark.parametrize(
    "body",
    [
        "<button id='it'>Pay with 4111 1111 1111 1111</button>",
        "<button id='it'>Write to ada@example.com</button>",
        "<button id='it'>Sesame opens</button>",
        "<input id='it' value='typed'>",
        "<input id='it' type='password' value='typed'>",
        "<textarea id='it'>typed</textarea>",
        "<div id='it' contenteditable>typed</div>",
        "<label id='it'>Name <input value='typed'></label>",
        "<select id='it'><option>ada@example.com</option></select>",
        "<div id='it'>A <iframe srcdoc='unknown'></iframe></div>",
        "<canvas id='it' width='40' height='40'></canvas>",
        "<i id='it' style='display:block;width:2px;height:2px'></i>",
    ],
)
async def test_what_may_not_be_kept_is_not_drawn(show: Show, body: str):
    assert await take(await show(body), secrets=("Sesame",)) is None


BADGE = "<x-badge id='{id}' style='display:block;width:200px;height:30px'></x-badge>"
FILL = (
    "<script>document.querySelector('x-badge').attachShadow({mode: 'open'}).innerHTML ="
    " '<b>ada@example.com</b>'</script>"
)
SEALED = (
    "<script>customElements.define('x-badge', class extends HTMLElement {"
    " constructor() { super(); this.attachShadow({mode: 'closed'}).innerHTML = 'Ada'; } })</script>"
)
LAID_OVER = "position:absolute;left:8px;top:8px;width:150px;height:30px"
TYPED = "<input value='Ada Lovelace' style='width:200px;height:30px'>"


@pytest.mark.parametrize(
    "body",
    [
        BADGE.format(id="it") + FILL,
        f"<button id='it'>{BADGE.format(id='in')}</button>{FILL}",
        BADGE.format(id="it") + SEALED,
        "<style>#it::before { content: 'ada@example.com' }</style><button id='it'>x</button>",
        "<style>#it::after { content: attr(title) }</style>"
        "<button id='it' title='ada@example.com'>x</button>",
        f"{TYPED}<label id='it' style='{LAID_OVER}'>Name</label>",
        f"{TYPED}<label id='it' style='{LAID_OVER};pointer-events:none'>Name</label>",
        f"<button id='it'>Save this order</button><p style='{LAID_OVER}'>ada@example.com</p>",
    ],
)
async def test_what_is_drawn_in_its_place_counts_wherever_it_stands_in_the_document(
    show: Show, body: str
):
    assert await take(await show(body)) is None


async def test_what_lies_behind_something_solid_does_not_count(show: Show):
    page = await show(
        f"<p style='{LAID_OVER};margin:0'>ada@example.com</p>{TYPED}"
        f"<div role='dialog' style='{LAID_OVER};background:white'><button id='it'>Save</button></div>"
    )
    assert await take(page) is not None


async def test_what_is_too_large_to_keep_is_only_hashed(
    show: Show, monkeypatch: pytest.MonkeyPatch
):
    page = await show("<button id='it'>Save</button>")
    whole = await take(page)
    assert whole is not None
    monkeypatch.setattr("workers.browser.locate.pictures.LARGEST_BYTES", 50)
    assert await take(page) == Taken(whole.hashes, "")


DOUBTING = Policy(thresholds=Thresholds(use=101, verify=100.5), quiet_milliseconds=10)
"""Nothing is ever alike enough."""
BEFORE = (
    "<h1>Orders</h1><button class='cta' data-mark='it' title='All of it' "
    "style='font:16px Arial;padding:8px;border:0;background:navy;color:white'>Confirm</button>"
)


async def learn(show: Show, body: str) -> StoredElement:
    """What is learned with a picture."""
    page = await show(body)
    resolution = await find(page, "css=.cta", pictures=Pictures())
    assert resolution.learned is not None
    assert resolution.learned.picture != ""
    return StoredElement.from_json({**resolution.learned.to_json(), "said": ""})


async def test_what_is_learned_has_its_picture(show: Show):
    stored = await learn(show, BEFORE)
    assert stored.fingerprint.picture is not None


async def test_in_doubt_a_picture_that_agrees_is_proof(show: Show):
    stored = await learn(show, BEFORE)
    page = await show(BEFORE.replace("'cta'", "'new'"))
    found = await find(page, "css=.cta", stored, pictures=Pictures(), policy=DOUBTING)
    assert await mark_of(found.element) == "it"
    assert found.verify_outcome
    assert found.decision["picture"] == 1.0
    assert "its picture 100%, but" in str(found.decision["reason"])


async def test_in_doubt_nothing_is_used_without_a_picture(show: Show):
    stored = await learn(show, BEFORE)
    page = await show(BEFORE.replace("'cta'", "'new'"))
    found = await find(page, "css=.cta", stored, policy=DOUBTING)
    assert found.element is None


async def test_in_doubt_a_picture_that_differs_is_no_proof(show: Show):
    stored = await learn(show, BEFORE)
    changed = BEFORE.replace("'cta'", "'new'").replace("Confirm<", "Confirm<br><hr><")
    found = await find(
        await show(changed), "css=.cta", stored, pictures=Pictures(), policy=DOUBTING
    )
    assert found.element is None
    assert found.decision["picture"] is not None


async def test_where_nothing_is_in_doubt_no_picture_is_taken(show: Show):
    stored = await learn(show, BEFORE)
    found = await find(await show(BEFORE), "css=.cta", stored, pictures=Pictures())
    assert await mark_of(found.element) == "it"
    assert found.decision["picture"] is None
