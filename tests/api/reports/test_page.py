"""A report shows the whole run to whoever may see it, and nothing in it comes alive."""

import base64
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.executions.models import Execution
from domain.executions.states import Status
from domain.shared.clock import SystemClock
from tests.api.reports.conftest import World
from tests.factories.evidence import png_bytes
from tests.factories.executions import make_execution
from tests.factories.stories import CHAPTERS, Chapter, Step
from tests.factories.workspaces import make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
STATEMENTS_OF_A_REPORT = 8


async def test_a_report_tells_the_whole_story(world: World):
    run = await world.tell()
    got = await world.client.get(world.link(run))
    assert got.status_code == 200
    page = re.sub(r"\s+", " ", got.text)
    for words in (
        "4 of 6 tests passed, 1 failed, 1 canceled",
        "from memory, verified",
        "The page had changed; the element was recognised and remembered anew.",
        "div.submit-row &gt; button.primary",
        "No candidate was certain enough, so nothing was done.",
        "link “Delete” (deletelink)",
        "Attempt 1: worker lost",
        "Failed to load resource: the server responded with status 500",
        "stats.example.net:443",
        "Ticket OPS-1182 opened.",
        "Ada Lovelace",
        "http://shop.example.test:8080",
    ):
        assert words in page, words
    assert page.count('<details class="test') == len(CHAPTERS)


async def test_pictures_and_files_can_be_opened_as_long_as_the_report(world: World):
    run = await world.tell()
    page = (await world.client.get(world.link(run))).text
    addresses = set(re.findall(r'(?:src|href)="(/api/v1/evidence/[^"]+)"', page))
    assert len(addresses) == 8
    world.clock.ahead = timedelta(minutes=59)
    for address in addresses:
        assert (await world.client.get(address)).status_code == 200
    world.clock.ahead = timedelta(minutes=61)
    for address in addresses:
        assert (await world.client.get(address)).status_code == 403


async def test_a_report_takes_the_same_few_statements_however_much_ran(
    world: World, count_statements
):
    small = await world.tell(CHAPTERS[:2])
    large = await world.tell(CHAPTERS * 3)
    for run in (small, large):
        with count_statements() as log:
            assert (await world.client.get(world.link(run))).status_code == 200
        reads = [one for one in log.statements if "SAVEPOINT" not in one]
        assert len(reads) == STATEMENTS_OF_A_REPORT


async def test_a_single_execution_has_a_report_of_its_own(world: World):
    run = await world.tell()
    page = (await world.client.get(world.link(run))).text
    (first, *_) = re.findall(r'id="test-([0-9a-f-]{36})"', page)
    got = await world.client.get(world.link(Execution(id=UUID(first))))
    assert got.status_code == 200
    assert "Test report" in got.text
    for only_of_runs in ("Tests passed", "tests passed", "What needs attention"):
        assert only_of_runs not in got.text
    assert got.text.count('<details class="test') == 1


async def test_what_is_still_running_can_be_looked_at(world: World):
    running = await make_execution(
        world.tenant, status=Status.RUNNING, finished_at=None, started_at=SystemClock().now()
    )
    waiting = await make_execution(
        world.tenant, status=Status.SCHEDULED, attempt=0, started_at=None, finished_at=None
    )
    assert "Running" in (await world.client.get(world.link(running))).text
    assert "Waiting" in (await world.client.get(world.link(waiting))).text


async def test_members_open_reports_with_their_access_token(world: World):
    run = await world.tell(CHAPTERS[:1])
    path = f"/reports/executions/{run.id}"
    assert (await world.client.get(path)).status_code == 401
    world.asking = world.tenant.actor
    assert (await world.client.get(path)).status_code == 200
    for permission in ("execution.read", "evidence.read"):
        world.asking = world.tenant.may_not(permission).actor
        assert (await world.client.get(path)).status_code == 403


async def test_another_workspace_finds_no_report(world: World, databases: Databases):
    run = await world.tell(CHAPTERS[:1])
    stranger = await make_tenant(databases)
    world.asking = stranger.actor
    assert (await world.client.get(f"/reports/executions/{run.id}")).status_code == 404
    assert (await world.client.get(world.link(run, stranger.workspace_id))).status_code == 404


async def test_a_link_opens_only_its_own_report_and_only_for_a_while(world: World):
    run, other = await world.tell(CHAPTERS[:1]), await world.tell(CHAPTERS[:1])
    link = world.link(run)
    swapped = link.replace(str(run.id), str(other.id))
    assert (await world.client.get(swapped)).status_code == 404
    assert (await world.client.get(link + "x")).status_code == 403
    assert (await world.client.get("/reports/executions/no-id?link=x")).status_code == 404
    world.clock.ahead = timedelta(minutes=61)
    assert (await world.client.get(link)).status_code == 403


async def test_a_person_without_a_link_is_told_how_to_get_one(world: World):
    path = f"/reports/executions/{(await world.tell(CHAPTERS[:1])).id}"
    got = await world.client.get(f"{path}?link=x", headers={"accept": "text/html"})
    assert got.status_code == 403
    assert got.headers["content-type"].startswith("text/html")
    assert "ask whoever gave you the address for a new one" in got.text


async def test_case_60_whatever_is_in_it_a_report_stays_text(world: World):
    steps = (
        Step(EVIL, 10, decision="abstained", message=EVIL, details=evil_details()),
        Step(EVIL, 10, "screenshot", decision="healed", details=evil_details()),
    )
    chapter = Chapter(
        EVIL, 0, steps, Status.FAILED, error=EVIL, output={"note": EVIL, "extracted": {EVIL: EVIL}}
    )
    run = await world.tell((chapter, replace(chapter, begin=3)), title=EVIL)
    got = await world.client.get(world.link(run))
    assert got.text.count("&lt;script&gt;alert(1)") > 20
    for alive in ("<script", "<img src=x", 'onerror="', "javascript:"):
        assert alive not in got.text, alive
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert got.headers["referrer-policy"] == "no-referrer"


def evil_details() -> dict[str, object]:
    return {
        "method": "<script>",
        "reason": EVIL,
        "layers": {"structural": 50.0, "visual": EVIL, "changes": {EVIL: [EVIL, EVIL]}},
        "candidates": [{"element": EVIL, "reason": EVIL, "score": 10}, EVIL, None],
    }


async def test_what_was_healed_is_shown_as_it_was_and_as_it_is(world: World):
    page = await world.read(await world.tell())
    portraits = re.findall(r'<img src="(data:[^"]+)" alt="The element (before|after)">', page)
    shown = {when: base64.b64decode(address.split(",")[1]) for address, when in portraits}
    assert shown == {"before": png_bytes(90, 34, 120), "after": png_bytes(240, 44, 60)}


async def test_what_a_model_was_asked_stands_at_the_step_and_in_the_sum(world: World):
    page = await world.read(await world.tell())
    assert "Asked small-1: 1 request, 3,122 tokens, $0.0010." in page
    assert "led to an element: 1 request, 3,122 tokens, $0.0010." in page
