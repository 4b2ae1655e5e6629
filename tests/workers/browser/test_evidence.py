"""What a run leaves behind, when, and that no secret can be found in any of it."""

import base64
import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import orjson
import pytest
from PIL import Image

from tests.workers.browser.conftest import Ran, Runner
from tests.workers.browser.site import Answer, Site
from workers.browser.job import EvidenceFile, Json

pytestmark = pytest.mark.integration

OPEN: Json = {"kind": "goto", "url": "/"}
FAIL: Json = {"kind": "click", "selector": "#nope", "timeout_seconds": 0.2}
SECRET = 'hünter2 "quoted"/&<'

LEAKY = """
<form id=form action=/login><input id=plain name=plain><input id=password type=password></form>
<p id=echo style='font-size:40px'></p><p id=done></p>
<script type=module>
  const send = async () => {
    const value = document.getElementById('plain').value;
    console.log('typed', value, JSON.stringify({ value }));
    console.error(new Error('bad ' + value));
    document.getElementById('echo').textContent = 'Hello ' + value;
    document.title = value;
    await fetch('/missing?p=' + encodeURIComponent(value), {
      method: 'POST', body: JSON.stringify({ value }),
      headers: { authorization: 'Basic ' + btoa(unescape(encodeURIComponent('me:' + value))) },
    });
    history.pushState({}, '', '/?q=' + encodeURIComponent(value));
    document.getElementById('done').textContent = 'done';
    setTimeout(() => { throw new Error('late ' + value); });
  };
  document.getElementById('plain').onchange = send;
</script>
"""


@pytest.mark.parametrize(
    ("steps", "kinds"),
    [
        ((OPEN,), ["screenshot:final"]),
        ((OPEN, FAIL), ["screenshot:failure", "trace:trace"]),
        ((OPEN, {"kind": "screenshot", "name": "a b"}), ["screenshot:a b", "screenshot:final"]),
    ],
)
async def test_a_run_leaves_a_picture_and_on_failure_a_trace(
    run: Runner, site: Site, steps: tuple[Json, ...], kinds: list[str]
) -> None:
    site.show("<h1>Hello</h1>").answer("/favicon.ico", Answer(""))
    ran = await run(*steps, trace="failure")
    assert [f"{file.kind}:{file.name}" for file in ran.outcome.evidence] == kinds
    announced = [event.data for event in ran.events if event.kind == "evidence.captured"]
    assert [EvidenceFile.from_json(dict(one)) for one in announced] == list(ran.outcome.evidence)
    assert all(file.path.stat().st_size > 0 for file in ran.outcome.evidence)
    assert {file.path for file in ran.outcome.evidence} == set(run.directory.iterdir())


@pytest.mark.parametrize(
    ("policy", "passed", "kept"),
    [
        ("always", True, True),
        ("always", False, True),
        ("failure", True, False),
        ("never", False, False),
    ],
)
async def test_the_policy_decides_about_the_trace(
    run: Runner, site: Site, policy: str, passed: bool, kept: bool
) -> None:
    site.show("<h1>Hello</h1>")
    ran = await run(OPEN, *([] if passed else [FAIL]), trace=policy)
    traces = ran.evidence("trace")
    assert len(traces) == kept
    for trace in traces:
        with zipfile.ZipFile(trace.path) as archive:
            assert "trace.trace" in archive.namelist()
            assert archive.testzip() is None


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (
            {"kind": "goto", "url": "/held", "timeout_seconds": 0.5},
            'Step 2 (goto "/held"): "{url}/held" did not finish loading (waited 0.5 s).',
        ),
        (
            {"kind": "click", "selector": "a", "timeout_seconds": 0.5},
            'Step 2 (click "a"): "{url}/held" was opened and has not answered.',
        ),
    ],
)
async def test_a_page_that_does_not_come_is_named_and_the_one_before_is_in_the_picture(
    run: Runner, site: Site, last: Json, reason: str
) -> None:
    site.show("<a href=/held>Go</a>").answer("/held", Answer(is_held=True))
    ran = await run(OPEN, last)
    assert ran.outcome.message == reason.format(url=site.url)
    assert [file.name for file in ran.evidence("screenshot")] == ["failure"]


async def test_pictures_with_the_same_name_are_all_kept(run: Runner, site: Site) -> None:
    site.show("<h1>Hello</h1>")
    shot: Json = {"kind": "screenshot", "name": "Same"}
    ran = await run(OPEN, shot, shot)
    names = [file.path.name for file in ran.evidence("screenshot")]
    assert names == ["02-Same.png", "03-Same.png", "final.png"]


async def test_console_and_failed_requests_are_kept(run: Runner, site: Site) -> None:
    site.show(
        "<script>console.warn('careful'); setTimeout(() => { throw new Error('boom') })</script>"
        "<img src=/missing.png><img src=http://127.0.0.9:1234/x.png>"
    )
    ran = await run(OPEN)
    console = ran.read("console")
    assert "[warning] careful" in console
    assert "[exception] boom" in console
    network = orjson.loads(ran.read("network"))
    assert [one["status"] for one in network["errors"] if "missing" in one["url"]] == [404]
    (failed,) = network["failed"]
    assert failed["url"] == "http://127.0.0.9:1234/x.png"
    assert failed["reason"].startswith("host 127.0.0.9:1234 is not allowed in this workspace")
    assert network["blocked"] == [
        {"host": "127.0.0.9", "port": 1234, "reason": failed["reason"], "times": 1}
    ]


async def leak(run: Runner, site: Site, **changes: object) -> Ran:
    """A run on a page that does everything to spread what is typed into it."""
    site.show(LEAKY)
    return await run(
        OPEN,
        {"kind": "fill", "selector": "#plain", "value": "{{word}}"},
        {"kind": "act", "instruction": "press Tab"},
        {"kind": "expect_text", "selector": "#done", "text": "done"},
        {"kind": "extract", "selector": "#echo", "name": "echo"},
        {"kind": "screenshot", "name": "echo"},
        {"kind": "expect_text", "selector": "#echo", "text": "Bye", "timeout_seconds": 0.3},
        parameters={"word": SECRET},
        secret_parameter_names=frozenset({"word"}),
        **changes,
    )


def spellings() -> list[bytes]:
    """What must not be found anywhere."""
    return [
        b"nter2",
        quote(SECRET).encode(),
        json.dumps(SECRET)[1:-1].encode(),
        base64.b64encode(f"me:{SECRET}".encode())[6:24],
    ]


@pytest.mark.parametrize("trace", ["always", "failure"])
async def test_no_secret_is_found_in_anything_that_leaves_a_run(
    run: Runner, site: Site, trace: str
) -> None:
    ran = await leak(run, site, trace=trace)
    assert ran.outcome.failed_step == 6
    assert "•••" in ran.outcome.message
    assert ran.outcome.outputs == {"echo": "Hello •••"}
    said = orjson.dumps([event.to_json() for event in ran.events])
    told = orjson.dumps(ran.outcome.to_json())
    files = {"events": said, "outcome": told, **_read_all(run.directory)}
    assert any("trace.network" in name for name in files)
    assert any("plain" in content.decode(errors="replace") for content in files.values())
    found = [
        (name, spelling)
        for name, content in files.items()
        for spelling in spellings()
        if spelling in content or spelling.decode() in name
    ]
    assert found == []
    assert "•••".encode() in files["console.txt"]


def _read_all(directory: Path) -> dict[str, bytes]:
    """Every file, and every member of every trace, by name."""
    contents: dict[str, bytes] = {}
    for path in directory.iterdir():
        contents[path.name] = path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                contents |= {f"{path.name}/{n}": archive.read(n) for n in archive.namelist()}
            del contents[path.name]
    return contents


async def test_a_masked_trace_is_still_a_trace(run: Runner, site: Site) -> None:
    ran = await leak(run, site, trace="always")
    (trace,) = ran.evidence("trace")
    with zipfile.ZipFile(trace.path) as archive:
        events = [orjson.loads(line) for line in archive.read("trace.trace").splitlines()]
    assert events[0]["type"] == "context-options"
    assert any(event.get("method") == "fill" for event in events)


async def test_what_shows_a_secret_is_blank_in_pictures(run: Runner, site: Site) -> None:
    """The picture with a secret on the page is the picture without its text."""
    ran = await leak(run, site)
    picture = Image.open(BytesIO(ran.evidence("screenshot")[0].path.read_bytes())).convert("L")
    region = picture.crop((0, 40, 1280, 140))
    assert region.getextrema()[0] > 200
    unmasked = await run(
        OPEN,
        {"kind": "fill", "selector": "#plain", "value": SECRET},
        {"kind": "act", "instruction": "press Tab"},
        {"kind": "expect_text", "selector": "#done", "text": "done"},
        {"kind": "screenshot", "name": "echo"},
    )
    shown = Image.open(BytesIO(unmasked.evidence("screenshot")[0].path.read_bytes())).convert("L")
    assert shown.crop((0, 40, 1280, 140)).getextrema()[0] < 100


async def test_a_secret_is_blank_in_the_picture_of_the_next_host_as_well(
    run: Runner, site: Site, make_site: Callable[..., Site]
) -> None:
    """The way to the browser that the first picture took leads to the page that came after."""
    other = make_site("127.0.0.2")
    for one in (site, other):
        one.show("<body style='background: #fff'><h1>word1234</h1>")
    look: Json = {"kind": "screenshot", "name": "look"}
    ran = await run(
        OPEN,
        look,
        {"kind": "goto", "url": other.url},
        look,
        allowed_hosts=(site.host, other.host),
        parameters={"word": "word1234"},
        secret_parameter_names=frozenset({"word"}),
    )
    assert ran.outcome.message == ""
    for file in ran.evidence("screenshot"):
        picture = Image.open(file.path).convert("L")
        assert picture.getextrema()[0] > 200, file.name


async def test_the_page_is_left_as_it_was_after_a_masked_picture(run: Runner, site: Site) -> None:
    site.show("<p id=mark>word1234</p>")
    ran = await run(
        OPEN,
        {"kind": "screenshot", "name": "masked"},
        {"kind": "expect_count", "selector": "[data-metamorph-private]", "count": 0},
        parameters={"word": "word1234"},
        secret_parameter_names=frozenset({"word"}),
    )
    assert ran.outcome.message == ""


async def test_titles_show_values_but_never_secret_ones(run: Runner, site: Site) -> None:
    site.show("<input id=a>")
    ran = await run(
        OPEN,
        {"kind": "fill", "selector": "#a", "value": "{{user}}:{{word}}"},
        parameters={"user": "anna", "word": "hunter22"},
        secret_parameter_names=frozenset({"word"}),
    )
    titles = [event.data["title"] for event in ran.events if event.kind == "step.started"]
    assert titles == ['goto "/"', 'fill "#a" with "anna:{{word}}"']


async def test_a_video_that_cannot_be_made_is_no_failure(run: Runner, site: Site) -> None:
    site.show("<h1>Hello</h1>")
    ran = await run(OPEN, video="always")
    assert ran.outcome.status == "passed"
    told = [str(event.data["message"]) for event in ran.events if event.kind == "log"]
    assert ran.evidence("video") or "playwright install ffmpeg" in told[0]
