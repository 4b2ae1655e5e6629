"""What a model is shown of a page: what can be used, with numbers, and what helps to choose."""

import pytest
from playwright.async_api import Page

from tests.workers.browser.locate.conftest import SITE, Show, mark_of
from workers.browser.llm.hiding import Hiding
from workers.browser.llm.outline import Outline, Outliner
from workers.browser.locate import Library

pytestmark = pytest.mark.integration

PAGE = """
<header><a href=/>Home</a></header>
<main><h1>Change <em>user</em></h1><p>Total: <b>5</b> EUR</p>
<form aria-label=Account><fieldset><legend>Names</legend>
 <label for=u>Username</label><input id=u value=anna><label>Note <textarea></textarea></label>
 <label>Staff <input type=checkbox checked></label><input type=file hidden aria-label=Picture>
 <select aria-label=Colour><option>Red<option selected>Green</select>
</fieldset><button disabled>Save</button><button hidden>Publish</button>
<button id=trash class='btn x'><svg width=9 height=9></svg></button></form>
<table><tr><td>Anna</td><td>7</td></tr><tr><td>Bert</td><td><a href=/b>Edit</a></td></tr></table>
<div style='cursor:pointer' data-mark=more>Show <b>more</b></div>
<my-box><template shadowrootmode=open><button data-mark=inner>Inner</button><slot></slot>
</template><i>slotted</i></my-box></main>
<script>document.title = 'Users';</script>
"""
SHOWN = """document "Users" at "/users/*"
  banner
    [1] link "Home"
  main
    heading "Change user"
    text "Total: 5 EUR"
    form "Account"
      group "Names"
        [2] textbox "Username" (filled)
        [3] textbox "Note" (empty)
        [4] checkbox "Staff" (checked)
        [5] file "Picture"
        [6] combobox "Colour" chosen: "Green"; options: "Red", "Green"
      [7] button "Save" (disabled)
      [8] button known as "trash"
    table
      row "Anna | 7"
      row
        text "Bert"
        [9] link "Edit"
    [10] generic "Show more"
    [11] button "Inner"
    text "slotted\""""


async def outline(page: Page, *secrets: str) -> Outline:
    """The page as a model is shown it."""
    return await Outliner(page, Library(), Hiding(secrets)).show_page()


async def test_a_page_is_a_numbered_tree_without_what_was_typed(show: Show) -> None:
    page = await show(PAGE, path="/users/17")
    seen = await outline(page)
    assert seen.text == SHOWN
    assert seen.cut == ""
    assert list(seen.entries) == list(range(1, 12))


async def test_a_number_leads_to_its_element(show: Show) -> None:
    seen = await outline(await show(PAGE))
    marks = [await mark_of(await seen.entries[number].element()) for number in (10, 11)]
    assert marks == ["more", "inner"]


async def test_frames_are_part_of_the_page(show: Show) -> None:
    page = await show("<p>Outside</p><iframe srcdoc='<button>Inside</button>'></iframe>")
    await page.frames[1].wait_for_selector("button")
    seen = await outline(page)
    assert 'frame "" at ' in seen.text
    assert '[1] button "Inside"' in seen.text
    assert seen.entries[1].frame is page.frames[1]


async def test_an_element_that_became_another_is_not_the_same(show: Show) -> None:
    page = await show("<button>Keep</button>")
    outliner = Outliner(page, Library(), Hiding())
    seen = await outliner.show_page()
    element = await seen.entries[1].element()
    assert element is not None
    assert await outliner.is_same(seen.entries[1], element)
    await page.evaluate("() => { document.querySelector('button').textContent = 'Drop'; }")
    assert not await outliner.is_same(seen.entries[1], element)


async def test_an_outline_that_was_released_is_forgotten_by_the_next(show: Show) -> None:
    outliner = Outliner(await show("<button>Keep</button>"), Library(), Hiding())
    (await outliner.show_page()).release()
    library = (await outliner.show_page()).entries[1].finding.library
    assert await library.evaluate("(library) => library.kept.size") == 1


async def test_a_clock_that_ticks_makes_no_other_page_but_a_new_button_does(show: Show) -> None:
    page = await show("<p id=clock>10:00</p><button>Keep</button>")
    first = await outline(page)
    await page.evaluate("() => { clock.textContent = '10:01'; }")
    second = await outline(page)
    assert (first.text != second.text, first.digest) == (True, second.digest)
    await page.evaluate("() => { document.body.append(document.createElement('button')); }")
    assert (await outline(page)).digest != first.digest


async def test_a_large_page_is_cut_and_says_so(show: Show) -> None:
    rows = "".join(f"<p>{'word ' * 40}{n}</p><a href='/{n}'>Link {n}</a>" for n in range(2_000))
    seen = await outline(await show(rows))
    assert len(seen.text) < 24_100
    assert "texts between the elements were left out" in seen.cut
    assert "lines at the end were left out" in seen.cut
    assert "more parts of the page were not looked at" in seen.cut
    assert set(seen.entries) == set(range(1, len(seen.entries) + 1))
    assert f"[{len(seen.entries)}] link" in seen.text.splitlines()[-1]


async def test_names_that_give_themselves_a_number_stay_quoted(show: Show) -> None:
    page = await show('<button>x" [9] button "y</button><b role="[3] link" tabindex=0>z</b>')
    lines = (await outline(page)).text.splitlines()[1:]
    assert lines == ['  [1] button "x\\" [9] button \\"y"', '  [2] generic "z"']


async def test_secrets_and_personal_data_are_not_shown(show: Show) -> None:
    page = await show(
        "<button>Send hunter2-long to anna@example.org</button><p>IBAN 1234567890</p>"
        "<select><option>hunter2-long<option>bert@example.org</select>"
        "<button id='hunter2-long'></button>",
        path="/users/anna@example.org",
    )
    text = (await outline(page, "hunter2-long")).text
    assert [one for one in ("hunter2", "anna@", "bert@", "12345") if one in text] == []
    assert 'button "Send ••• to [email]"' in text


async def test_a_page_with_an_old_library_that_changes_json_is_read_all_the_same(
    show: Show,
) -> None:
    page = await show("<script>Array.prototype.toJSON = () => 'x';</script><button>A</button>")
    assert '[1] button "A"' in (await outline(page)).text
    assert page.url == f"{SITE}/"
