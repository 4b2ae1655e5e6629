"""Every kind of step against a real page, and the sentence each of them fails with."""

from pathlib import Path

import pytest

from tests.workers.browser.conftest import Runner
from tests.workers.browser.site import Answer, Site
from workers.browser.job import Json

pytestmark = [pytest.mark.integration, pytest.mark.heavy]

OPEN: Json = {"kind": "goto", "url": "/"}

FORM = """
<h1>New  user</h1>
<label>Username <input id=user name=user></label>
<label>Colour <select id=colour><option value=r>Red<option value=g>Green</select></label>
<label><input type=checkbox id=staff> Staff status</label>
<label>Attachment <input type=file id=file></label>
<input id=locked readonly value=fixed>
<button id=off disabled>Off</button>
<button class=twin>One</button><button class=twin>Two</button>
<button id=save>Save</button>
<p id=out></p>
<div id=menu>Menu</div><p id=hint hidden>Hint</p>
<a href=/next id=next data-code=n7>Next page</a>
<script>
  const $ = (id) => document.getElementById(id);
  $('save').onclick = async () => {
    const files = await Promise.all([...$('file').files].map(async (f) => f.name + '=' + await f.text()));
    $('out').textContent = ['saved', $('user').value, $('colour').value, $('staff').checked, ...files].join(' ');
  };
  $('user').onkeydown = (event) => { if (event.key === 'Enter') $('out').textContent = 'entered'; };
  $('menu').onmouseover = () => { $('hint').hidden = false; };
</script>
"""


@pytest.fixture(autouse=True)
def pages(site: Site) -> None:
    """The form, and the page its link leads to."""
    site.show(FORM).show("<h1>Next</h1>", "/next")


async def test_a_page_that_answers_with_an_error_fails_the_step_that_opened_it(run: Runner) -> None:
    ran = await run({"kind": "goto", "url": "/gone"})
    assert ran.outcome.status == "failed"
    assert "was answered with 404 Not Found" in ran.outcome.message


async def test_an_error_that_a_step_expects_is_what_it_must_be_answered_with(run: Runner) -> None:
    expected: Json = {"kind": "goto", "url": "/gone", "status": 404}
    assert (await run(expected)).outcome.status == "passed"
    ran = await run({**expected, "status": 403})
    assert ran.outcome.message.endswith("was answered with 404 Not Found, expected 403.")
    assert (await run({**OPEN, "status": 404})).outcome.status == "failed"


async def test_a_form_is_filled_and_sent_with_every_kind_of_step(run: Runner) -> None:
    ran = await run(
        OPEN,
        {"kind": "expect_text", "selector": "h1", "text": "New user"},
        {"kind": "fill", "selector": "#user", "value": "{{who}}"},
        {"kind": "select", "selector": "#colour", "label": "Green"},
        {"kind": "check", "selector": "#staff"},
        {"kind": "upload", "selector": "#file", "filename": "a.csv", "text": "1,2"},
        {"kind": "hover", "selector": "#menu"},
        {"kind": "expect_visible", "selector": "#hint"},
        {"kind": "click", "selector": "#save"},
        {"kind": "expect_text", "contains": "saved anna g true a.csv=1,2"},
        {"kind": "extract", "selector": "#out", "name": "told"},
        {"kind": "extract", "selector": "#user", "name": "typed", "what": "value"},
        {
            "kind": "extract",
            "selector": "#next",
            "name": "code",
            "what": "attribute",
            "attribute": "data-code",
        },
        {"kind": "check", "selector": "#staff", "checked": False},
        {"kind": "select", "selector": "#colour", "value": "r"},
        {"kind": "press", "selector": "#user", "key": "Enter"},
        {"kind": "expect_text", "selector": "#out", "text": "entered"},
        {"kind": "expect_count", "selector": ".twin", "count": 2},
        {"kind": "screenshot", "name": "the form", "full_page": True},
        {"kind": "click", "selector": "#next"},
        {"kind": "wait_for", "selector": "#save", "state": "detached"},
        {"kind": "expect_url", "url": "/next"},
        {"kind": "expect_url", "pattern": "/ne.t$"},
        parameters={"who": "anna"},
    )
    assert ran.outcome.message == ""
    assert ran.outcome.status == "passed"
    assert ran.outcome.outputs == {
        "told": "saved anna g true a.csv=1,2",
        "typed": "anna",
        "code": "n7",
    }


async def test_words_do_what_selectors_do(run: Runner) -> None:
    ran = await run(
        OPEN,
        {"kind": "act", "instruction": "fill Username with anna"},
        {"kind": "act", "instruction": "choose Green in Colour"},
        {"kind": "act", "instruction": "choose Staff status"},
        {"kind": "expect_visible", "target": "the Save button"},
        {"kind": "observe", "instruction": "the Save button", "name": "buttons"},
        {"kind": "click", "target": "the Save button"},
        {"kind": "expect_text", "contains": "saved anna g true"},
        {"kind": "fill", "target": "Username", "value": "bert"},
        {"kind": "act", "instruction": "press Enter"},
        {"kind": "expect_text", "contains": "entered"},
        {"kind": "act", "instruction": "click the Next page link"},
        {"kind": "expect_url", "url": "/next"},
    )
    assert ran.outcome.message == ""
    reason = "it answers “Save” by its name, and nothing else does"
    save = "button “Save” (save) in “New user”"
    assert ran.outcome.outputs["buttons"] == [{"element": save, "reason": reason}]
    methods = [decision["method"] for decision in ran.outcome.decisions]
    assert set(methods) == {"heuristic"}
    assert {entry["reason"] for entry in ran.outcome.learned} == {"learned"}


async def test_the_second_run_uses_what_the_first_one_learned(run: Runner) -> None:
    steps: tuple[Json, ...] = (
        OPEN,
        {"kind": "fill", "selector": "#user", "value": "anna"},
        {"kind": "act", "instruction": "click the Save button"},
        {"kind": "expect_text", "contains": "saved anna"},
    )
    first = await run(*steps)
    known = tuple(
        {"step_key": entry["step_key"], "url_pattern": entry["url_pattern"], "element": entry}
        for entry in first.outcome.learned
    )
    second = await run(*steps, stored_elements=known)
    assert [one["method"] for one in first.outcome.decisions] == ["selector", "heuristic"]
    assert [one["method"] for one in second.outcome.decisions] == ["cache", "cache"]
    assert second.outcome.learned == ()
    finished = [event.data for event in second.events if event.kind == "step.finished"]
    assert [one["element"].get("method") for one in finished] == [None, "cache", "cache", None]


async def test_what_a_step_only_reads_is_learned_by_its_selector_alone(run: Runner) -> None:
    steps: tuple[Json, ...] = (
        OPEN,
        {"kind": "extract", "name": "a", "selector": "#save"},
        {"kind": "extract", "name": "b", "target": "the Save button"},
    )
    ran = await run(*steps)
    assert [one["step_index"] for one in ran.outcome.decisions] == [1, 2]
    assert [one["step_index"] for one in ran.outcome.learned] == [1]


async def test_a_step_that_failed_teaches_nothing(run: Runner) -> None:
    read: Json = {"kind": "extract", "name": "a", "selector": "#save", "what": "value"}
    ran = await run(OPEN, read)
    assert ran.outcome.status == "failed"
    assert len(ran.outcome.decisions) == 1
    assert ran.outcome.learned == ()


async def test_a_selector_that_broke_is_healed_from_what_was_learned(
    run: Runner, site: Site
) -> None:
    steps: tuple[Json, ...] = (OPEN, {"kind": "click", "selector": "#save"})
    first = await run(*steps)
    known = tuple(
        {"step_key": entry["step_key"], "url_pattern": entry["url_pattern"], "element": entry}
        for entry in first.outcome.learned
    )
    site.show(FORM.replace("id=save", "id=submit-2").replace("$('save')", "$('submit-2')"))
    healed = await run(*steps, {"kind": "expect_text", "contains": "saved"}, stored_elements=known)
    assert healed.outcome.message == ""
    assert [one["method"] for one in healed.outcome.decisions] == ["healed"]
    assert [one["reason"] for one in healed.outcome.learned] == ["healed"]


# Playwright tries these for a while before it knows what is in the way.
PATIENT: Json = {"timeout_seconds": 2}
FAILURES: list[tuple[Json, str]] = [
    (
        {"kind": "click", "selector": "#nope"},
        'Step 2 (click "#nope"): nothing on the page matches the selector "#nope" (waited 0.',
    ),
    (
        {"kind": "click", "selector": ".twin"},
        'Step 2 (click ".twin"): the selector ".twin" matches 2 elements',
    ),
    ({"kind": "click", "selector": "##x["}, 'the selector "##x[" cannot be read'),
    ({"kind": "click", "selector": "#off", **PATIENT}, "it is disabled"),
    ({"kind": "hover", "selector": "#hint", **PATIENT}, "it is hidden"),
    ({"kind": "fill", "selector": "#locked", "value": "x", **PATIENT}, "it cannot be edited"),
    (
        {"kind": "select", "selector": "#colour", "label": "Blue", **PATIENT},
        "does not have that option",
    ),
    ({"kind": "check", "selector": "#menu", **PATIENT}, "is not a checkbox or radio button"),
    ({"kind": "press", "key": "Nokey"}, 'Unknown key: "Nokey"'),
    (
        {"kind": "upload", "selector": "#user", "filename": "a", "text": "a"},
        'what the selector "#user" matches takes no files',
    ),
    (
        {"kind": "upload", "selector": "#file", "evidence": "gone.pdf"},
        'there is no evidence file called "gone.pdf"',
    ),
    (
        {"kind": "wait_for", "selector": "#hint"},
        'what the selector "#hint" matches is not visible (waited 0.',
    ),
    (
        {"kind": "expect_text", "selector": "h1", "text": "Old user"},
        'the text of the selector "h1" gives "New user", expected "Old user" (waited 0.',
    ),
    (
        {"kind": "expect_text", "selector": "#nope", "text": "x"},
        'nothing on the page matches the text of the selector "#nope"',
    ),
    (
        {"kind": "expect_text", "target": "the Save button", "contains": "Send"},
        'the text of "the Save button" is "Save", expected a text that contains "Send"',
    ),
    (
        {"kind": "expect_visible", "selector": "#hint"},
        'the selector "#hint" gives "hidden", expected a visible element',
    ),
    (
        {"kind": "expect_count", "selector": ".twin", "count": 3},
        'counting the selector ".twin" gives "2", expected 3',
    ),
    ({"kind": "expect_url", "url": "/other"}, 'expected "http://'),
    ({"kind": "expect_url", "pattern": "x{3}"}, 'expected one that matches "x{3}"'),
    ({"kind": "act", "instruction": "click the Delete button"}, "nothing on the page answers"),
    ({"kind": "act", "instruction": "Save it"}, "it must begin with a verb"),
    ({"kind": "observe", "instruction": "the Delete button"}, "nothing on the page fits"),
    ({"kind": "wait_for", "target": "Save", "state": "hidden"}, '"Save" is still there'),
]


@pytest.mark.parametrize(("step", "sentence"), FAILURES)
async def test_a_step_fails_with_a_sentence_and_a_picture(
    run: Runner, step: Json, sentence: str
) -> None:
    ran = await run(OPEN, {"timeout_seconds": 0.5, **step})
    assert ran.outcome.status == "failed"
    assert ran.outcome.failed_step == 1
    assert ran.outcome.message.startswith("Step 2 (")
    assert sentence in ran.outcome.message
    assert "\n" not in ran.outcome.message
    assert "Traceback" not in ran.outcome.message
    (picture,) = ran.evidence("screenshot")
    assert (picture.name, picture.step_index) == ("failure", 1)
    assert picture.path.read_bytes().startswith(b"\x89PNG")


async def test_an_element_that_comes_late_and_wakes_up_later_is_waited_for(
    run: Runner, site: Site
) -> None:
    site.show(
        "<div id=root></div><p id=out></p><script>setTimeout(() => {"
        "root.innerHTML = '<button id=late disabled>Late</button>';"
        "late.onclick = () => { out.textContent = 'pressed'; };"
        "setTimeout(() => { late.disabled = false; }, 300); }, 300)</script>"
    )
    ran = await run(
        OPEN,
        {"kind": "click", "selector": "#late"},
        {"kind": "expect_text", "selector": "#out", "text": "pressed"},
    )
    assert ran.outcome.message == ""


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        ({"kind": "upload", "selector": "#file", "evidence": "plan.txt"}, "plan.txt"),
        (
            {"kind": "upload", "selector": "#file", "evidence": "plan.txt", "filename": "b.csv"},
            "b.csv",
        ),
        ({"kind": "act", "instruction": 'upload "plan.txt" to the File field'}, "plan.txt"),
    ],
)
async def test_an_evidence_file_is_uploaded(
    run: Runner, tmp_path: Path, step: Json, shown: str
) -> None:
    plan = tmp_path / "stored"
    plan.write_text("the plan")
    ran = await run(
        OPEN,
        step,
        {"kind": "click", "selector": "#save"},
        {"kind": "expect_text", "contains": f"{shown}=the plan"},
        uploads={"plan.txt": plan},
    )
    assert ran.outcome.message == ""


async def test_steps_follow_the_page_that_was_opened_last(run: Runner, site: Site) -> None:
    site.show("<a href=/next target=_blank>Open</a>").show(
        "<h1>Next</h1><button onclick='window.close()'>Close</button>", "/next"
    )
    ran = await run(
        OPEN,
        {"kind": "act", "instruction": "click Open"},
        {"kind": "expect_url", "url": "/next"},
        {"kind": "act", "instruction": "click Close"},
        {"kind": "expect_url", "url": "/"},
    )
    assert ran.outcome.message == ""


async def test_dialogs_are_accepted_and_noted(run: Runner, site: Site) -> None:
    site.show("<button onclick=\"out.textContent = confirm('Sure?')\">Ask</button><p id=out></p>")
    ran = await run(
        OPEN,
        {"kind": "act", "instruction": "click Ask"},
        {"kind": "expect_text", "selector": "#out", "text": "true"},
    )
    assert ran.outcome.message == ""
    assert "[dialog] confirm accepted: Sure?" in ran.read("console")


async def test_a_page_of_an_error_that_was_expected_is_a_page(run: Runner, site: Site) -> None:
    site.answer("/broken", Answer("<h1>Oh no</h1>", 500))
    ran = await run(
        {"kind": "goto", "url": "/broken", "status": 500},
        {"kind": "expect_text", "contains": "Oh no"},
    )
    assert ran.outcome.message == ""


async def test_events_tell_every_step_with_its_time(run: Runner) -> None:
    ran = await run(OPEN, {"kind": "click", "selector": "#nope", "timeout_seconds": 0.3})
    told = [
        (event.kind, event.data.get("index"), event.data.get("outcome"))
        for event in ran.events
        if event.kind.startswith("step.")
    ]
    assert told == [
        ("step.started", 0, None),
        ("step.finished", 0, "passed"),
        ("step.started", 1, None),
        ("step.finished", 1, "failed"),
    ]
    last = [event for event in ran.events if event.kind == "step.finished"][-1]
    assert last.data["message"] == ran.outcome.message
    assert 300 <= float(str(last.data["milliseconds"])) < 2_000
    assert [event.elapsed_ms for event in ran.events] == sorted(e.elapsed_ms for e in ran.events)


async def test_a_job_with_wrong_steps_is_refused_with_the_path(run: Runner, site: Site) -> None:
    ran = await run(OPEN, {"kind": "click", "selectr": "#a", "selector": "#a"})
    assert ran.outcome.status == "failed"
    assert ran.outcome.message.startswith("steps[1].selectr: a click step has no property selectr")
    assert site.asked == []


GONE: Json = {"kind": "wait_for", "target": "Save", "state": "hidden"}


async def test_what_is_there_twice_is_not_gone(run: Runner, site: Site) -> None:
    site.show("<p>A</p><button>Save</button><p>B</p><button>Save</button>")
    ran = await run(OPEN, {**GONE, "timeout_seconds": 1})
    assert '"Save" is still there' in ran.outcome.message


async def test_what_stands_on_a_page_that_never_rests_is_not_gone(run: Runner, site: Site) -> None:
    site.show("<button>Save</button><script>setTimeout(() => location.reload(), 150)</script>")
    ran = await run(OPEN, {**GONE, "timeout_seconds": 2})
    assert '"Save" may be there: the page was changing' in ran.outcome.message


async def test_however_long_something_takes_to_go_that_is_one_decision(
    run: Runner, site: Site
) -> None:
    site.show("<button id=it>Save</button><script>setTimeout(() => it.remove(), 1500)</script>")
    ran = await run(OPEN, GONE)
    assert ran.outcome.message == ""
    assert [one["decision"] for one in ran.outcome.decisions] == ["abstain"]
