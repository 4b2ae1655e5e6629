"""What cannot be done for certain is not done: the step fails with the reason and a picture."""

import pytest

from tests.workers.browser.conftest import Ran, Runner
from tests.workers.browser.site import Site
from workers.browser.job import Json

pytestmark = pytest.mark.integration

OPEN: Json = {"kind": "goto", "url": "/"}
CLOSED = """<x-menu id=menu></x-menu><script>
  menu.attachShadow({mode: 'closed'}).innerHTML = '<button id=save>Save</button>';
</script>"""
FLEEING = """<div onmouseover="this.firstChild.remove()"><button>Save</button><a href=#>Save all</a>
</div><script>document.onclick = (event) => console.log(`used ${event.target.tagName}`)</script>"""
MOVING = """<style>@keyframes away { to { transform: translateX(300px) } }</style>
<button id=save style="animation: away .2s infinite alternate linear">Save</button>"""
TICKING = """<p id=clock></p><button id=save onclick="out.textContent='saved'">Save</button>
<p id=out></p><script>let n = 0; setInterval(() => { clock.textContent = n++; }, 5)</script>"""


async def refuse(run: Runner, site: Site, page: str, **step: object) -> Ran:
    """Run one step on a page, which has to fail without anything being done."""
    site.show(page)
    ran = await run(OPEN, {"kind": "click", **step}, step_timeout_s=1.0)
    assert (ran.outcome.status, ran.outcome.failed_step) == ("failed", 1)
    assert [file.name for file in ran.evidence("screenshot")] == ["failure"]
    return ran


async def test_a_closed_shadow_root_is_named_as_what_hides_the_element(run: Runner, site: Site):
    ran = await refuse(run, site, CLOSED, selector="x-menu #save")
    assert "nothing on the page matches" in ran.outcome.message
    assert "<x-menu#menu> hides what is inside it (a closed shadow root)" in ran.outcome.message


async def test_words_for_what_a_closed_shadow_root_hides_lead_nowhere(run: Runner, site: Site):
    ran = await refuse(run, site, CLOSED, target="the Save button")
    assert "<x-menu#menu> hides what is inside it (a closed shadow root)" in ran.outcome.message


async def test_an_element_that_vanishes_before_the_click_is_not_replaced_by_another(
    run: Runner, site: Site
):
    ran = await refuse(run, site, FLEEING, target="the Save button")
    assert "vanished when it was about to be used" in ran.outcome.message
    assert ran.evidence("console") == []


async def test_an_element_that_never_stands_still_is_not_clicked(run: Runner, site: Site):
    ran = await refuse(run, site, MOVING, target="the Save button")
    assert "does not stop moving" in ran.outcome.message


async def test_a_page_that_never_rests_is_used_where_only_one_element_can_be_meant(
    run: Runner, site: Site
):
    site.show(TICKING)
    ran = await run(
        OPEN,
        {"kind": "act", "instruction": "click the Save button"},
        {"kind": "expect_text", "selector": "#out", "text": "saved"},
    )
    assert ran.outcome.status == "passed", ran.outcome.message


async def test_words_for_two_things_name_both(run: Runner, site: Site):
    twice = "<h2>Ada</h2><button>Delete</button><h2>Bert</h2><button>Delete</button>"
    ran = await refuse(run, site, twice, target="the Delete button")
    assert "several elements answer “Delete” equally well" in ran.outcome.message
    (decision,) = ran.outcome.decisions
    assert [one["element"] for one in decision["considered"]] == [
        "button “Delete” in “Ada”",
        "button “Delete” in “Bert”",
    ]


async def test_words_for_nothing_say_so(run: Runner, site: Site):
    ran = await refuse(run, site, "<button>Save</button>", target="the Delete button")
    assert "nothing on the page answers “Delete”" in ran.outcome.message
