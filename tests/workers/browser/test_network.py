"""No request of any kind leaves a browser for a host that the workspace does not allow."""

import socket
from collections.abc import Callable, Iterator

import orjson
import pytest

from tests.workers.browser.conftest import Ran, Runner
from tests.workers.browser.site import Answer, Site
from workers.browser.job import Json

pytestmark = [pytest.mark.integration, pytest.mark.heavy]

OPEN: Json = {"kind": "goto", "url": "/"}
# Pages write into #out when their attempt is over, whatever came of it.
TRIED: Json = {"kind": "expect_text", "selector": "#out", "contains": "tried"}


@pytest.fixture
def forbidden(make_site: Callable[..., Site]) -> Site:
    """A site on another loopback address, which no test allows unless it says so."""
    return make_site("127.0.0.2").show("<h1>Secret</h1>")


def blocked(ran: Ran) -> set[str]:
    """Hosts that the network evidence lists as blocked."""
    return {f"{one['host']}:{one['port']}" for one in orjson.loads(ran.read("network"))["blocked"]}


async def test_a_page_of_another_host_is_not_opened(run: Runner, forbidden: Site) -> None:
    ran = await run({"kind": "goto", "url": forbidden.url})
    assert ran.outcome.status == "failed"
    assert f"host {forbidden.host} is not allowed in this workspace" in ran.outcome.message
    assert forbidden.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706434:{port}/",
        "http://0x7f000002:{port}/",
        "http://0177.0.0.2:{port}/",
        "http://127.2:{port}/",
        "http://[::ffff:127.0.0.2]:{port}/",
        "http://localhost:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://allowed.test@127.0.0.2:{port}/",
        "//127.0.0.2:{port}/",
    ],
)
async def test_case_56_disguised_addresses_are_not_opened(
    run: Runner, forbidden: Site, url: str
) -> None:
    ran = await run({"kind": "goto", "url": url.format(port=forbidden.port)})
    assert "is not allowed in this workspace" in ran.outcome.message
    assert forbidden.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "data:text/html,x",
        "chrome://version",
        "view-source:{url}",
        "ftp://127.0.0.1/",
        "javascript:alert(1)",
        "ja\nvascript:alert(1)",
        "about:blank",
        "blob:{url}/x",
    ],
)
async def test_case_56_only_http_addresses_are_opened(run: Runner, site: Site, url: str) -> None:
    ran = await run(
        {"kind": "goto", "url": "{{where}}"},
        base_url="",
        parameters={"where": url.format(url=site.url)},
    )
    assert "addresses are refused; use http: or https:" in ran.outcome.message
    assert site.connections == 0


async def test_case_57_a_redirect_to_another_host_fails_with_the_reason(
    run: Runner, site: Site, forbidden: Site
) -> None:
    site.answer("/", Answer(status=302, headers=(("location", forbidden.url),)))
    ran = await run(OPEN)
    assert f"host {forbidden.host} is not allowed in this workspace" in ran.outcome.message
    assert forbidden.connections == 0


@pytest.mark.parametrize(
    "body",
    [
        "<a id=go href='{url}/'>Go</a>",
        "<button id=go onclick=\"location = '{url}/'\">Go</button>",
        "<button id=go onclick=\"setTimeout(() => location.assign('{url}/'), 50)\">Go</button>",
        "<form action='{url}/' method=post><button id=go>Go</button></form>",
        "<a id=go href='{url}/' target=_blank>Go</a>",
    ],
)
async def test_a_step_that_leads_to_another_host_fails_with_the_reason(
    run: Runner, site: Site, forbidden: Site, body: str
) -> None:
    site.show(body.format(url=forbidden.url))
    ran = await run(
        OPEN,
        {"kind": "click", "selector": "#go"},
        {"kind": "expect_text", "contains": "Secret", "timeout_seconds": 3},
    )
    assert ran.outcome.status == "failed"
    assert f"host {forbidden.host} is not allowed in this workspace" in ran.outcome.message
    assert forbidden.connections == 0


SUB_REQUESTS = [
    "new Image().src = URL_; ",
    "const s = document.createElement('script'); s.src = URL_; document.body.append(s);",
    "const l = document.createElement('link'); l.rel = 'prefetch'; l.href = URL_;"
    "document.head.append(l);",
    "const l = document.createElement('link'); l.rel = 'preconnect'; l.href = URL_;"
    "document.head.append(l);",
    "const f = document.createElement('iframe'); f.src = URL_; document.body.append(f);",
    "await fetch(URL_).catch(() => 0);",
    "navigator.sendBeacon(URL_, 'x');",
    "await new Promise((done) => { const s = new WebSocket(URL_.replace('http', 'ws'));"
    "s.onerror = done; s.onopen = done; });",
    "await new Promise((done) => { const s = new EventSource(URL_); s.onerror = done; });",
    "await new Promise((done) => { const w = new Worker(URL.createObjectURL(new Blob(["
    "`fetch('${URL_}').catch(() => 0).then(() => postMessage(1))`])));"
    "w.onmessage = done; w.onerror = done; });",
    "await new Promise((done) => { const w = new SharedWorker(URL.createObjectURL(new Blob(["
    "`onconnect = (e) => fetch('${URL_}').catch(() => 0)"
    ".then(() => e.ports[0].postMessage(1))`])));"
    "w.port.onmessage = done; w.onerror = done; });",
    "document.body.style.background = `url(${URL_})`; document.body.offsetHeight;",
    "const f = new FontFace('x', `url(${URL_})`); await f.load().catch(() => 0);",
]


@pytest.mark.parametrize("script", SUB_REQUESTS)
async def test_case_59_requests_of_a_page_to_other_hosts_are_blocked_and_listed(
    run: Runner, site: Site, forbidden: Site, script: str
) -> None:
    site.show(
        f"<p id=out></p><script type=module>const URL_ = '{forbidden.url}/x'; {script}"
        "out.textContent = 'tried';</script>"
    )
    ran = await run(OPEN, TRIED, {"kind": "goto", "url": "/?again"}, TRIED)
    assert ran.outcome.message == ""
    assert forbidden.connections == 0
    if "preconnect" not in script:
        assert f"127.0.0.2:{forbidden.port}" in blocked(ran)


async def test_case_59_a_service_worker_reaches_nothing_else(
    run: Runner, site: Site, forbidden: Site
) -> None:
    site.show(
        "<p id=out></p><script type=module>"
        "navigator.serviceWorker.onmessage = () => { out.textContent = 'tried'; };"
        "const r = await navigator.serviceWorker.register('/sw.js');"
        "(await navigator.serviceWorker.ready).active.postMessage(1);</script>"
    )
    worker = (
        "onmessage = (event) => event.waitUntil("
        f"fetch('{forbidden.url}/x', {{mode: 'no-cors'}}).catch(() => 0)"
        ".then(() => event.source.postMessage(1)));"
    )
    site.answer("/sw.js", Answer(worker, kind="text/javascript"))
    ran = await run(OPEN, TRIED)
    assert ran.outcome.message == ""
    assert forbidden.connections == 0
    assert f"127.0.0.2:{forbidden.port}" in blocked(ran)


@pytest.fixture
def datagrams() -> Iterator[socket.socket]:
    """A socket on 127.0.0.2 that nobody should send anything to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.2", 0))
        listener.setblocking(False)
        yield listener


@pytest.mark.parametrize(
    "script",
    [
        "const c = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.2:PORT'}]});"
        "c.createDataChannel('x'); await c.setLocalDescription();"
        "await new Promise((done) => { c.onicegatheringstatechange = () =>"
        " { if (c.iceGatheringState === 'complete') done(); };"
        " if (c.iceGatheringState === 'complete') done(); });",
        "const t = new WebTransport('https://127.0.0.2:PORT/'); await t.ready.catch(() => 0);"
        "await t.closed.catch(() => 0);",
    ],
)
async def test_case_59_no_datagram_leaves(
    run: Runner, site: Site, datagrams: socket.socket, script: str
) -> None:
    tried = script.replace("PORT", str(datagrams.getsockname()[1]))
    site.show(f"<p id=out></p><script type=module>{tried} out.textContent = 'tried';</script>")
    ran = await run(OPEN, {**TRIED, "timeout_seconds": 20})
    assert ran.outcome.message == ""
    with pytest.raises(BlockingIOError):
        datagrams.recv(1)


async def test_several_allowed_hosts_work_together(
    run: Runner, site: Site, forbidden: Site, make_site: Callable[..., Site]
) -> None:
    six = make_site("::1").show("<h1>Six</h1>")
    forbidden.answer("/x", Answer("1", headers=(("access-control-allow-origin", "*"),)))
    site.show(
        "<p id=out></p><script type=module>"
        f"out.textContent = 'got ' + await (await fetch('{forbidden.url}/x')).text();</script>"
    )
    ran = await run(
        OPEN,
        {"kind": "expect_text", "selector": "#out", "text": "got 1"},
        {"kind": "goto", "url": six.url},
        {"kind": "expect_text", "selector": "h1", "text": "Six"},
        {"kind": "goto", "url": f"http://localhost:{site.port}/"},
        {"kind": "expect_url", "pattern": "localhost"},
        allowed_hosts=(site.host, forbidden.host, six.host, "localhost"),
    )
    assert ran.outcome.message == ""


async def test_what_one_run_was_allowed_the_next_one_is_not(run: Runner, forbidden: Site) -> None:
    first = await run({"kind": "goto", "url": forbidden.url}, allowed_hosts=(forbidden.host,))
    seen = forbidden.connections
    second = await run({"kind": "goto", "url": forbidden.url})
    assert (first.outcome.status, second.outcome.status) == ("passed", "failed")
    assert forbidden.connections == seen


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://nowhere.invalid/", "the name nowhere.invalid cannot be resolved"),
        ("http://127.0.0.1:9/", "browsers refuse this port"),
        ("http://127.0.0.1:{free}/", "nothing answers at 127.0.0.1 port"),
    ],
)
async def test_an_allowed_host_that_does_not_answer_is_named(
    run: Runner, url: str, reason: str
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = url.format(free=unused.getsockname()[1])
    allowed = ("127.0.0.1", "nowhere.invalid")
    ran = await run({"kind": "goto", "url": address}, allowed_hosts=allowed)
    assert reason in ran.outcome.message


async def test_a_list_that_cannot_be_read_opens_nothing(run: Runner, site: Site) -> None:
    ran = await run(OPEN, allowed_hosts=("http://127.0.0.1",))
    assert ran.outcome.message.startswith("The list of allowed hosts cannot be read: ")
    assert site.connections == 0
