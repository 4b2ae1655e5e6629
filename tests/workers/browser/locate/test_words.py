"""Instructions on pages that nobody has seen before."""

import pytest

from domain.elements.instructions import Verb
from domain.elements.stored import StoredElement
from tests.workers.browser.locate.conftest import Show, find, mark_of

pytestmark = pytest.mark.integration

ADMIN = """
<header id="header"><a href="/">Home</a><form action="/logout"><button>Log out</button></form></header>
<nav><ul><li><a href="/users" data-mark="users-nav">Users</a></li><li><a href="/groups">Groups</a></li></ul></nav>
<main><h1>Change user</h1>
<form>
 <fieldset><legend>Account</legend>
  <div><label for="u">Username:</label><input id="u" name="username" data-mark="username"></div>
  <div><label for="f">First name:</label><input id="f" name="first_name" data-mark="first"></div>
  <div><label>Password <input type="password" name="p1" data-mark="password"></label></div>
  <div><label>Password confirmation <input type="password" name="p2"></label></div>
  <div><input placeholder="Phone number" data-mark="phone"></div>
  <div><input aria-label="Birthday" type="date" data-mark="birthday"></div>
  <div><span id="lbl">Biography</span><textarea aria-labelledby="lbl" data-mark="bio"></textarea></div>
  <div><label for="pic">Picture</label><input type="file" id="pic" data-mark="picture"></div>
 </fieldset>
 <fieldset><legend>Permissions</legend>
  <label><input type="checkbox" name="is_staff" data-mark="staff"> Staff status</label>
  <label><input type="checkbox" name="is_active" data-mark="active"> Active</label>
  <div><h2>Available permissions <span title="help"></span></h2>
   <p><input placeholder="Filter"></p>
   <select multiple name="perms" data-mark="available"><option>user | Can view user</option></select>
   <a href="#" data-mark="choose">Choose</a></div>
  <button type="button" data-mark="clear-permissions">Clear</button>
 </fieldset>
 <label for="lang">Language</label>
 <select id="lang" data-mark="language"><option>English</option><option>Deutsch</option></select>
 <fieldset><legend>Colour</legend>
  <label><input type="radio" name="c" value="r" data-mark="red">Red</label>
  <label><input type="radio" name="c" value="b">Blue</label>
  <button type="button">Clear</button>
 </fieldset>
 <input type="submit" value="Save" name="_save" data-mark="save">
 <input type="submit" value="Save and add another" name="_another" data-mark="another">
 <input type="submit" value="Save and continue editing" data-mark="continue">
 <button type="button" title="Delete for good" data-mark="delete"><svg width="9" height="9"></svg></button>
 <button type="button" data-mark="yes">Yes, I&rsquo;m sure</button>
 <div onclick="1" data-mark="more">Show more</div>
</form>
<table><tr><th>Name</th></tr>
 <tr><td>Anna</td><td><a href="/users/1/edit" data-mark="edit-anna">Edit</a></td></tr>
 <tr><td>Bert</td><td><a href="/users/2/edit" data-mark="edit-bert">Edit</a></td></tr></table>
<button hidden>Publish</button><button disabled data-mark="archive">Archive</button>
</main><footer><a href="/imprint" data-mark="imprint">Imprint</a><a href="/users">Users</a></footer>
"""

FOUND = {
    "click the Save button": "save",
    "click Save": "save",
    "click 'Save and add another'": "another",
    "click the save and continue editing button": "continue",
    "fill Username with anna": "username",
    "fill the username field with anna": "username",
    "type anna into Username": "username",
    "fill First name with Anna": "first",
    "fill Password with x": "password",
    "fill Phone number with 1": "phone",
    "fill Birthday with 2020-01-01": "birthday",
    "fill Biography with x": "bio",
    "upload a.png to Picture": "picture",
    "choose Staff status": "staff",
    "check Active": "active",
    "select Deutsch in Language": "language",
    "choose Deutsch": "language",
    "choose 'user | Can view user' in Available permissions": "available",
    "choose Red in Colour": "red",
    "choose Red": "red",
    "click Clear in the Permissions section": "clear-permissions",
    "click the Delete for good button": "delete",
    'click "Yes, I\'m sure"': "yes",
    "click Show more": "more",
    "click Edit in the Bert row": "edit-bert",
    "click Edit in the row of Anna": "edit-anna",
    "click the second Edit link": "edit-bert",
    "click the last Edit link": "edit-bert",
    "click Imprint in the footer": "imprint",
    "open the Users link": "users-nav",
    "press Enter in Username": "username",
    "hover over Choose": "choose",
}

REFUSED = {
    "click Edit": "several elements",
    "click Clear": "several elements",
    "click Edit in the Carla row": "nothing on the page",
    "click Publish": "nothing on the page",
    "click Archive": "disabled",
    "click Delete": "nothing on the page",
    "click the third Edit link": "nothing on the page",
    "click Save and Cancel": "nothing on the page",
    "fill Save with x": "nothing on the page",
    "check Username": "nothing on the page",
    "click Home in the footer": "nothing on the page",
}


@pytest.mark.parametrize("instruction", FOUND)
async def test_an_instruction_finds_what_a_person_would_mean(show: Show, instruction: str) -> None:
    resolution = await find(await show(ADMIN), instruction)

    assert resolution.element is not None, (resolution.abstained_because, resolution.candidates)
    assert await mark_of(resolution.element) == FOUND[instruction]
    assert resolution.method == "heuristic"
    assert resolution.learned is not None


@pytest.mark.parametrize("instruction", REFUSED)
async def test_an_instruction_that_fits_nothing_or_two_things_is_refused(
    show: Show, instruction: str
) -> None:
    resolution = await find(await show(ADMIN), instruction)

    assert resolution.element is None, resolution.decision
    assert REFUSED[instruction] in resolution.abstained_because


async def test_a_tie_names_the_elements_that_were_considered(show: Show) -> None:
    resolution = await find(await show(ADMIN), "click Edit")

    assert [str(candidate) for candidate in resolution.candidates] == [
        "link “Edit” in “Change user”: 100 by its name",
        "link “Edit” in “Change user”: 100 by its name",
    ]


async def test_choosing_becomes_what_the_element_is_made_for(show: Show) -> None:
    page = await show(ADMIN)

    actions = {
        text: (resolution.action, resolution.value)
        for text in ("choose Staff status", "choose Deutsch", "select Deutsch in Language")
        for resolution in [await find(page, text)]
    }

    assert actions == {
        "choose Staff status": (Verb.CHECK, "Staff status"),
        "choose Deutsch": (Verb.SELECT, "Deutsch"),
        "select Deutsch in Language": (Verb.SELECT, "Deutsch"),
    }


async def test_two_plain_links_to_one_page_are_one_choice(show: Show) -> None:
    page = await show("<a href='/a'>News</a><footer><a href='/a'>News</a></footer>")

    assert (await find(page, "click News")).element is not None


async def test_two_links_of_one_name_to_two_pages_are_a_tie(show: Show) -> None:
    page = await show("<a href='/a'>News</a><footer><a href='/b'>News</a></footer>")

    assert (await find(page, "click News")).element is None


async def test_a_disabled_twin_is_still_a_twin(show: Show) -> None:
    page = await show("<p>A</p><button disabled>Save</button><p>B</p><button>Save</button>")

    assert (await find(page, "click Save")).element is None


async def test_a_list_item_and_the_link_in_it_are_one_choice(show: Show) -> None:
    page = await show(
        "<ul role='menu'><li role='menuitem'><a href='/x' data-mark='link'>Settings</a></li></ul>"
    )

    assert await mark_of((await find(page, "click Settings")).element) == "link"


async def test_a_partial_name_is_used_with_its_outcome_verified(show: Show) -> None:
    resolution = await find(await show("<a href='/u'>Users overview</a>"), "click Users")

    assert resolution.element is not None
    assert resolution.verify_outcome


async def test_a_language_without_spaces_or_latin_letters_works(show: Show) -> None:
    page = await show("<button>取消</button><button data-mark='it'>保存</button>")

    assert await mark_of((await find(page, "click 保存")).element) == "it"


async def test_an_element_that_was_learned_for_other_words_is_not_held_against_them(
    show: Show,
) -> None:
    people = "".join(f"<p><a href='/{n}' data-mark='{n}'>{n}</a></p>" for n in ("Anna", "Bert"))
    first = await find(await show(people), "open the Anna link")
    assert first.learned is not None
    stored = StoredElement.from_json(first.learned.to_json())

    page = await show(people)
    other = await find(page, "open the Bert link", stored)
    same = await find(page, "open the Anna link", stored)

    assert (other.method, await mark_of(other.element)) == ("heuristic", "Bert")
    assert not other.decision["known"]
    assert (same.method, await mark_of(same.element)) == ("cache", "Anna")
