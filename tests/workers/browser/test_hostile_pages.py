"""Pages that change what JavaScript is made of, or say what no text can hold."""

from io import BytesIO

import pytest
from PIL import Image

from tests.workers.browser.conftest import Ran, Runner
from tests.workers.browser.site import Site
from workers.browser.job import Json

pytestmark = pytest.mark.integration

OPEN: Json = {"kind": "goto", "url": "/"}
SHOT: Json = {"kind": "screenshot", "name": "seen"}
SECRET = "hunter2-correct-horse"


async def with_secret(run: Runner, *steps: Json) -> Ran:
    """Run steps of a test that has a secret."""
    return await run(
        *steps, parameters={"word": SECRET}, secret_parameter_names=frozenset({"word"})
    )


def darkest(ran: Ran) -> int:
    """Of the first picture, below the edge of the window."""
    picture = Image.open(BytesIO(ran.evidence("screenshot")[0].path.read_bytes())).convert("L")
    return int(picture.crop((0, 10, 1280, 300)).getextrema()[0])


@pytest.mark.parametrize(
    "body",
    [
        f"<p>{SECRET}</p>",
        "<p>hunter2-<span>correct</span>-horse</p>",
        f"<p>{SECRET} and <b>{SECRET}</b></p>",
        f"<input value='{SECRET}'>",
        f"<input placeholder='{SECRET}'>",
        f"<select><option>other</option><option selected>{SECRET}</option></select>",
        f"<svg width=400 height=50><text x=5 y=30>{SECRET}</text></svg>",
        f"<style>b::after {{ content: attr(data-x) }}</style><b data-x='{SECRET}'></b>",
        f"<style>#p {{ -webkit-text-fill-color: red !important }}</style><p id=p>{SECRET}</p>",
        f"<div id=host></div><script>host.attachShadow({{ mode: 'open' }}).innerHTML = '<p>{SECRET}'</script>",
        f"<div id=host></div><script>host.attachShadow({{ mode: 'open' }}).innerHTML = '{SECRET}'</script>",
        f"<iframe srcdoc='<p>{SECRET}' style='border: 0'></iframe>",
    ],
)
async def test_a_secret_cannot_be_read_in_a_picture(run: Runner, site: Site, body: str) -> None:
    site.show(f"<style>* {{ font-size: 24px }}</style>{body}")
    assert darkest(await run(OPEN, SHOT)) < 150
    assert darkest(await with_secret(run, OPEN, SHOT)) > 200


async def test_a_picture_does_not_tell_the_page_the_secret(run: Runner, site: Site) -> None:
    site.show(
        "<p id=heard>nothing</p><script>const old = String.prototype.includes;"
        "String.prototype.includes = function (part) {"
        " document.getElementById('heard').textContent = part; return old.call(this, part); };"
        "</script>"
    )
    ran = await with_secret(
        run, OPEN, SHOT, {"kind": "expect_text", "selector": "#heard", "text": "nothing"}
    )
    assert ran.outcome.message == ""


async def test_a_page_that_changes_how_arrays_are_written_can_be_used(
    run: Runner, site: Site
) -> None:
    site.show(
        "<script>Array.prototype.toJSON = function () { return 'changed'; };</script>"
        "<button id=go onclick='this.textContent = \"gone\"'>Go</button>"
    )
    ran = await run(
        OPEN,
        {"kind": "act", "instruction": "click the Go button"},
        {"kind": "click", "selector": "#go"},
        {"kind": "expect_text", "selector": "#go", "text": "gone"},
    )
    assert ran.outcome.message == ""


async def test_a_page_whose_report_makes_no_sense_fails_the_step(run: Runner, site: Site) -> None:
    site.show("<script>JSON.stringify = () => '7';</script><button id=go>Go</button>")
    ran = await run(OPEN, {"kind": "click", "selector": "#go", "timeout_seconds": 0.5})
    assert ran.outcome.status == "failed"


async def test_what_no_text_can_hold_is_left_out(run: Runner, site: Site) -> None:
    site.show(
        "<p id=odd>odd</p><script>const text = 'a' + String.fromCharCode(0) + 'b' +"
        " String.fromCharCode(0xd83d) + 'c'; console.warn(text);"
        "document.getElementById('odd').textContent = text;</script>"
    )
    ran = await run(
        OPEN,
        {"kind": "extract", "name": "odd", "selector": "#odd"},
        {"kind": "expect_text", "selector": "#odd", "text": "x", "timeout_seconds": 0.3},
    )
    assert ran.outcome.status == "failed"
    assert ran.outcome.outputs["odd"] == "ab\ufffdc"
    assert "ab\ufffdc" in ran.read("console")
    assert "ab\ufffdc" in ran.outcome.message


async def test_no_part_of_a_secret_is_in_a_sentence_that_was_cut(run: Runner, site: Site) -> None:
    site.show(f"<p>{'x' * 100}{SECRET}</p>")
    ran = await with_secret(
        run,
        OPEN,
        {"kind": "expect_text", "selector": "p", "text": "Bye", "timeout_seconds": 0.3},
    )
    told = f"{ran.outcome} {ran.events}"
    assert "xxx•••" in ran.outcome.message
    assert "hunter2" not in told


async def test_no_part_of_a_secret_is_learned(run: Runner, site: Site) -> None:
    site.show(f"<button id=go>{'w ' * 110}{SECRET}</button>")
    ran = await with_secret(run, OPEN, {"kind": "click", "selector": "#go"})
    assert ran.outcome.learned
    assert "hunter2" not in f"{ran.outcome.learned} {ran.outcome.decisions}"
