"""The page has changed, the element is still there: it is recognised, or nothing is done."""

import pytest

from domain.elements.policy import Policy
from domain.elements.stored import StoredElement
from tests.workers.browser.locate.conftest import Show, find, learn, mark_of

pytestmark = pytest.mark.integration

FORM = (
    "<h1>Edit user</h1><form><label for='name'>Name</label><input id='name' name='name'>"
    "<p>Changes are visible to everybody.</p>"
    "<button id='save' class='btn primary' type='submit'>Save</button>"
    "<button class='btn' type='button'>Cancel</button></form>"
)

# what happened -> the page after; its element carries data-mark
SURVIVORS = {
    "its id was renamed": FORM.replace("id='save'", "id='submit-user' data-mark='it'"),
    "its classes were renamed": FORM.replace(
        "btn primary", "css-1x2y3z Button_root__a1b2c' data-mark='it"
    ),
    "id and classes were renamed": FORM.replace(
        "id='save' class='btn primary'", "id='go' class='cta' data-mark='it'"
    ),
    "a wrapper was put around it": FORM.replace(
        "<button id='save'", "<div><div><button data-mark='it' id='save'"
    ).replace("Save</button>", "Save</button></div></div>"),
    "a wrapper was put around everything": f"<main><div>{FORM}</div></main>".replace(
        "id='save'", "id='save' data-mark='it'"
    ),
    "it moved to the top": (
        "<h1>Edit user</h1><form><button id='save' class='btn primary' type='submit' "
        "data-mark='it'>Save</button><button class='btn' type='button'>Cancel</button>"
        "<p>Changes are visible to everybody.</p><label for='name'>Name</label>"
        "<input id='name' name='name'></form>"
    ),
    "it became a link": FORM.replace(
        "<button id='save' class='btn primary' type='submit'>Save</button>",
        "<a id='save' class='btn primary' href='/save' data-mark='it'>Save</a>",
    ),
    "others were added before it": FORM.replace(
        "<button id='save'",
        "<button type='button'>Preview</button><button type='button'>Save as draft</button>"
        "<button data-mark='it' id='save'",
    ),
    "it was restyled": "<style>.btn { background: red; padding: 20px; font-size: 30px }</style>"
    + FORM.replace("id='save'", "id='save' data-mark='it'"),
    "a hidden copy came before it": "<div hidden>"
    + FORM
    + "</div>"
    + FORM.replace("id='save'", "id='save' data-mark='it'"),
    "everything around it was rewritten": (
        "<h2>Person</h2><div><label>Full name <input name='full'></label><button id='save' "
        "class='btn primary' type='submit' data-mark='it'>Save</button></div>"
    ),
}


@pytest.mark.parametrize("change", SURVIVORS)
async def test_an_element_that_survived_a_change_is_found(show: Show, change: str) -> None:
    stored = await learn(await show(FORM), "#save", method="heuristic")

    resolution = await find(await show(SURVIVORS[change]), "click the Save button", stored)

    assert resolution.element is not None, resolution.decision
    assert await mark_of(resolution.element) == "it"
    # Too little is left of a button that became a link: its words have to confirm it.
    confirmed = "heuristic" if change == "it became a link" else "healed"
    assert resolution.method in {"cache", confirmed}


@pytest.mark.parametrize("change", SURVIVORS)
async def test_a_survivor_is_written_back_so_that_it_is_a_hit_the_next_time(
    show: Show, change: str
) -> None:
    stored = await learn(await show(FORM), "#save", method="heuristic")
    first = await find(await show(SURVIVORS[change]), "click the Save button", stored)
    if first.learned is not None:
        assert first.learned.reason in {"updated", "healed"}
        stored = StoredElement.from_json(first.learned.to_json())

    second = await find(await show(SURVIVORS[change]), "click the Save button", stored)

    assert (second.method, second.decision["decision"]) == ("cache", "use")
    assert second.learned is None
    assert await mark_of(second.element) == "it"


@pytest.mark.parametrize("change", ["its id was renamed", "it became a link"])
async def test_doubt_asks_for_the_outcome_to_be_verified(show: Show, change: str) -> None:
    stored = await learn(await show(FORM), "#save", method="heuristic")

    resolution = await find(await show(SURVIVORS[change]), "click the Save button", stored)

    total = resolution.decision["total"]
    assert isinstance(total, float)
    assert resolution.verify_outcome == (
        total < 90 or "handles are not" in str(resolution.decision["reason"])
    )


async def test_a_translated_page_is_recognised_by_its_handles(show: Show) -> None:
    stored = await learn(await show(FORM), "#save", method="heuristic")
    german = (
        FORM.replace("Save", "Speichern")
        .replace("Cancel", "Abbrechen")
        .replace("Name", "Name")
        .replace("Edit user", "Person bearbeiten")
        .replace("id='save'", "id='save' data-mark='it'")
    )

    resolution = await find(await show(german, language="de"), "click the Save button", stored)

    assert await mark_of(resolution.element) == "it"
    assert resolution.verify_outcome


async def test_other_words_in_the_same_language_do_not_answer_the_instruction(show: Show) -> None:
    stored = await learn(await show(FORM), "#save", method="heuristic")

    resolution = await find(await show(FORM.replace("Save", "Discard")), "click Save", stored)

    assert resolution.element is None


async def test_a_relabelled_field_keeps_its_name(show: Show) -> None:
    before = "<form><label>E-mail <input id='mail' name='email' type='email'></label></form>"
    after = before.replace("E-mail", "Address for letters").replace(
        "<input", "<input data-mark='it'"
    )
    stored = await learn(await show(before), "#mail")

    resolution = await find(await show(after), "fill E-mail with a", stored)

    assert await mark_of(resolution.element) == "it"
    assert resolution.verify_outcome


async def test_the_right_row_is_found_after_rows_were_added_and_sorted(show: Show) -> None:
    def people(*names: str) -> str:
        rows = (
            f"<tr data-mark='{name}'><td>{name}</td><td>active</td><td><button data-mark='{name}'>"
            "Delete</button></td></tr>"
            for name in names
        )
        return f"<table><tbody>{''.join(rows)}</tbody></table>"

    stored = await learn(await show(people("Anna", "Bert", "Carla")), "tr:nth-child(2) button")

    page = await show(people("Zoe", "Yann", "Carla", "Bert", "Anna"))
    resolution = await find(page, "click the Delete button", stored)

    assert await mark_of(resolution.element) == "Bert"


async def test_a_page_too_large_to_compare_is_refused(show: Show) -> None:
    stored = await learn(await show(FORM), "#save")
    page = await show("<p>1</p>" * 300 + "<main>" + FORM.replace("id='save'", ""))

    resolution = await find(
        page, "click Save", stored, policy=Policy(largest_page=200, settle_milliseconds=200)
    )

    assert resolution.element is None
    assert "too many elements" in resolution.abstained_because


async def test_a_heading_of_another_level_is_the_same_heading(show: Show) -> None:
    page = "<h1 id=title>Questions</h1><p>All that was asked.</p><h2>Answers</h2>"
    stored = await learn(await show(page), "#title", method="selector")
    changed = page.replace("<h1 id=title>Questions</h1>", "<h3 data-mark=it>Questions</h3>")

    resolution = await find(await show(changed), "css=#title", stored, action=None)

    assert resolution.element is not None, resolution.decision
    assert await mark_of(resolution.element) == "it"


@pytest.mark.parametrize(("other", "numbered"), [("Chapter 2", True), ("Part 2", False)])
async def test_a_number_is_learned_as_what_tells_it_from_another_or_not(
    show: Show, other: str, numbered: bool
) -> None:
    page = f"<nav><a href=/1 id=it>Chapter 1</a> <a href=/2>{other}</a></nav>"

    stored = await learn(await show(page), "#it", method="heuristic")

    assert stored.fingerprint.numbered is numbered
