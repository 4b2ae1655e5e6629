"""The element is gone and something like it is left: nothing may be clicked instead."""

import pytest

from tests.workers.browser.locate.conftest import Show, find, learn

pytestmark = pytest.mark.integration


def table(*rows: str) -> str:
    return f"<h1>Users</h1><table><tbody>{''.join(rows)}</tbody></table>"


def row(name: str, action: str = "<button>Delete</button>") -> str:
    return f"<tr><td>{name}</td><td>Sales</td><td>active</td><td>{action}</td></tr>"


def marked(html: str) -> str:
    return html.replace("<button", "<button id='t'", 1)


ICONS = [
    "<button class='icon'><svg width='16' height='16'><path d='M0 0h16v16z'/></svg></button>",
    "<button class='icon'><svg width='16' height='16'><path d='M0 8h16v2z'/></svg></button>",
    "<button class='icon'><svg width='16' height='16'><path d='M4 4h8v8z'/></svg></button>",
]
CARD = (
    "<div class='card'><h3>{}</h3> <button type='button' title='Collapse'>"
    "\n  <i class='fas fa-minus'></i>\n</button></div>"
)
SAVE_ROW = (
    "<input type='submit' value='Save' name='_save' class='default'>"
    "<input type='submit' value='Save and add another' name='_addanother'>"
    "<input type='submit' value='Save and continue editing' name='_continue'>"
)
SECTIONS = (
    "<section><h2>Profile</h2><p>Your name</p><button id='{0}'>Save</button></section>"
    "<section><h2>Password</h2><p>Your secret</p><button>Save</button></section>"
)
PANEL = " ".join(f"{first}{second}bour" for first in "kdfmprst" for second in "aeiou")
"""Longer than what is kept of a text."""
TABS = (
    "<section><h2>Tabs {0}</h2><p>Settings</p><div><p>{1}<a role='tab' id='mine-{0}'>Mine</a></p>"
    f"<p>{PANEL}</p></div></section>"
)
HOME = "<a role='tab' id='home-{0}'>Home</a> "
LISTED = "<section><h2>{0}</h2><div><p>{1}</p><button id='{0}'>Find</button></div></section>"
NOTICES = "<div><h2>Call 0171 2345678</h2>{}</div>"

# (what is left is another thing, instruction, selector of the element, page before, page after)
CASES = {
    "a longer name": (
        "click the Save button",
        "[name=_save]",
        f"<form>{SAVE_ROW}</form>",
        f"<form>{SAVE_ROW.split('>', 1)[1]}</form>",
    ),
    "the same button of another section": (
        "click the Save button",
        "#t",
        SECTIONS.format("t"),
        SECTIONS[SECTIONS.index("</section>") + 10 :],
    ),
    "the same button of another section, its own section without it": (
        "click the Save button",
        "#t",
        SECTIONS.format("t"),
        SECTIONS.replace("<button id='{0}'>Save</button>", "", 1),
    ),
    "the next row": (
        "click the Delete button",
        "tr:nth-child(2) button",
        table(row("Anna"), row("Bert"), row("Carla")),
        table(row("Anna"), row("Carla")),
    ),
    "the only other row": (
        "click the Delete button",
        "tr:nth-child(1) button",
        table(row("Anna"), row("Bert")),
        table(row("Bert")),
    ),
    "the only row, another one now": (
        "click the Delete button in the Anna row",
        "button",
        table(row("Anna")),
        table(row("Bert")),
    ),
    "a row with a link of its own": (
        "click the Delete link",
        "tr:nth-child(2) a",
        table(*(row(n, f"<a href='/users/{i}/delete'>Delete</a>") for i, n in enumerate("ABC"))),
        table(
            row("A", "<a href='/users/0/delete'>Delete</a>"),
            row("C", "<a href='/users/2/delete'>Delete</a>"),
        ),
    ),
    "a row with a positional id": (
        "click the Delete button",
        "#delete-1",
        table(
            *(
                row(n, f"<button id='delete-{i}'>Delete</button>")
                for i, n in enumerate(("Anna", "Bert", "Carla"))
            )
        ),
        table(
            *(
                row(n, f"<button id='delete-{i}'>Delete</button>")
                for i, n in enumerate(("Anna", "Carla", "Dora"))
            )
        ),
    ),
    "rows that differ in masked text only": (
        "click the Delete button",
        "tr:nth-child(2) button",
        table(*(row(f"{n}@example.org") for n in ("anna", "bert", "carla"))),
        table(*(row(f"{n}@example.org") for n in ("anna", "carla", "dora"))),
    ),
    "one of several icons": (
        "click the button",
        "button:nth-child(2)",
        f"<div>{''.join(ICONS)}</div>",
        f"<div>{ICONS[0]}{ICONS[2]}</div>",
    ),
    "the same icon with the same tooltip in another card": (
        "click the Collapse button",
        ".card:nth-of-type(1) button",
        f"{CARD.format('General')}{CARD.format('Budget')}",
        f"<p>General</p>{CARD.format('Budget')}",
    ),
    "another radio button of its group": (
        "choose Simple",
        "#r1",
        "<p><label><input type='radio' name='r' id='r1'>Simple</label></p>"
        "<p><label><input type='radio' name='r' id='r2'>Simple and checked</label></p>",
        "<p><label><input type='radio' name='r' id='r2'>Simple and checked</label></p>",
    ),
    "another link to the same page": (
        "click the Users link",
        "nav a",
        "<nav><h2>Menu</h2><a href='/users'>Users</a></nav>"
        "<p>Home / <a href='/users'>Users</a> / Anna</p>",
        "<nav><h2>Menu</h2></nav><p>Home / <a href='/users'>Users</a> / Anna</p>",
    ),
    "the opposite": (
        "click Activate",
        "#toggle",
        "<p>Account of Anna</p><button id='toggle' name='toggle'>Activate</button>",
        "<p>Account of Anna</p><button id='toggle' name='toggle'>Deactivate</button>",
    ),
    "the confirmation field": (
        "fill Password with x",
        "#p1",
        "<label>Password <input id='p1' type='password' name='p1'></label>"
        "<label>Password confirmation <input id='p2' type='password' name='p2'></label>",
        "<label>Password confirmation <input id='p2' type='password' name='p2'></label>",
    ),
    "another page number": (
        "click the 2 link",
        "a:nth-of-type(2)",
        "<nav><a href='?p=1'>1</a> <a href='?p=2'>2</a> <a href='?p=3'>3</a></nav>",
        "<nav><a href='?p=1'>1</a> <a href='?p=3'>3</a></nav>",
    ),
    "another article": (
        "click the Read more link",
        "article:nth-of-type(1) a",
        "<article><h2>Bees</h2><a href='/bees'>Read more</a></article>"
        "<article><h2>Ants</h2><a href='/ants'>Read more</a></article>",
        "<article><h2>Ants</h2><a href='/ants'>Read more</a></article>",
    ),
    "another choice": (
        "choose Red",
        "[value=red]",
        "<label><input type='radio' name='c' value='red'>Red</label>"
        "<label><input type='radio' name='c' value='blue'>Blue</label>",
        "<label><input type='radio' name='c' value='blue'>Blue</label>",
    ),
    "another box of a list": (
        "check Anna",
        "[value='1']",
        "<label><input type='checkbox' name='u' value='1'>Anna</label>"
        "<label><input type='checkbox' name='u' value='2'>Annabel</label>",
        "<label><input type='checkbox' name='u' value='2'>Annabel</label>",
    ),
    "a link with the id of the old button": (
        "click Pay",
        "#pay",
        "<h2>Invoice</h2><button id='pay'>Pay</button>",
        "<h2>Help</h2><a href='/how' id='pay'>How to pay</a>",
    ),
    "one of several that nothing tells apart": (
        "click the Close button",
        "p:nth-child(2) button",
        "<p>Notice <button>Close</button></p>" * 3,
        "<p>Notice <button>Close</button></p>" * 2,
    ),
    "one of several that nothing tells apart, with another one now": (
        "click the Close button",
        "p:nth-child(2) button",
        "<p>Notice <button>Close</button></p>" * 3,
        "<p>Notice <button>Close</button></p><div><p>Notice <button>Close</button></p></div>"
        "<p>Notice <button>Close</button></p>",
    ),
    "one of several that nothing tells apart, with another one now, below what was masked": (
        "click the Close button",
        "p:nth-of-type(2) button",
        NOTICES.format("<p>Notice <button>Close</button></p>" * 3),
        NOTICES.format(
            "<p>Notice <button>Close</button></p><p>Notice <button>Close</button></p>"
            "<div><p>Notice <button>Close</button></p></div>"
        ),
    ),
    "the same tab above a panel that says the same at length": (
        "click the Home tab",
        "#home-left",
        *(
            TABS.format("left", mine) + TABS.format("right", HOME.format("right"))
            for mine in (HOME.format("left"), "")
        ),
    ),
    "what stands below another title, where the same is said now": (
        "click the Find button",
        "#Users",
        LISTED.format("Users", "All who may sign in") + LISTED.format("Orders", "Paid and open"),
        LISTED.format("Orders", "All who may sign in") + LISTED.format("Bills", "Paid and open"),
    ),
    "the next tab of that name in the same list": (
        "click the Profile tab",
        "#two",
        "<p role='tablist'><a role='tab' id='one' href='#a'>Home</a> "
        "<a role='tab' id='two' href='#b'>Profile</a> "
        "<a role='tab' id='three' href='#c'>Profile</a></p>",
        "<p role='tablist'><a role='tab' id='one' href='#a'>Home</a> "
        "<a role='tab' id='three' href='#c'>Profile</a></p>",
    ),
    "only an unlabelled button": (
        "click the Close button",
        "button",
        "<div><p>Notice</p><button class='x'>Close</button></div>",
        "<div><p>Notice</p><button class='x'></button></div>",
    ),
    "the same words in another dialog with other handles": (
        "click the Confirm button",
        "#confirm-delete",
        "<div role='dialog'><h2>Delete user</h2><p>Gone for good</p>"
        "<button id='confirm-delete'>Confirm</button></div>",
        "<div role='dialog'><h2>Pay invoice</h2><p>400 Euro</p>"
        "<button id='confirm-payment'>Confirm</button></div>",
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_an_instruction_abstains_when_only_a_twin_is_left(show: Show, case: str) -> None:
    instruction, selector, before, after = CASES[case]
    stored = await learn(await show(before), selector)

    resolution = await find(await show(after), instruction, stored)

    assert resolution.element is None, resolution.decision
    assert resolution.abstained_because
    assert resolution.decision["decision"] == "abstain"


@pytest.mark.parametrize("case", CASES)
async def test_a_selector_that_finds_nothing_is_not_healed_to_a_twin(show: Show, case: str) -> None:
    _, selector, before, after = CASES[case]
    stored = await learn(await show(before), selector, method="selector")

    resolution = await find(await show(after), "css=#no-such-thing", stored)

    assert resolution.element is None, resolution.decision


@pytest.mark.parametrize("case", CASES)
async def test_the_same_element_is_a_hit_as_long_as_it_is_there(show: Show, case: str) -> None:
    instruction, selector, before, _ = CASES[case]
    stored = await learn(await show(before), selector)

    page = await show(before)
    resolution = await find(page, instruction, stored)

    if case == "rows that differ in masked text only":
        # Nothing that may be kept tells these rows apart.
        assert resolution.element is None
        return
    assert resolution.method == "cache", resolution.decision
    expected = await page.query_selector(selector)
    assert await page.evaluate("([a, b]) => a === b", [resolution.element, expected])
