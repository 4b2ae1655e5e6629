"""Every request has an id and a line in the log, and no request ends without an answer."""

import json

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket
from structlog.testing import capture_logs

from api.answers import answer_domain_error, request_id_of
from api.metrics import Metrics
from api.middleware.requests import RequestLog
from domain.shared import errors

pytestmark = pytest.mark.contract


async def tell_id(request: Request) -> JSONResponse:
    return JSONResponse({"id": request_id_of(request)})


async def break_down(_: Request) -> JSONResponse:
    raise RuntimeError("a secret of the implementation")


async def break_late(_: Request) -> StreamingResponse:
    async def half():
        yield b"half"
        raise RuntimeError("too late for an answer")

    return StreamingResponse(half())


async def refuse(request: Request) -> JSONResponse:
    raise getattr(errors, request.path_params["kind"])("The thing")


async def greet(socket: WebSocket) -> None:
    await socket.accept()
    (opened,) = socket.app.state.metrics.sockets.collect()[0].samples
    await socket.send_json({"id": socket.scope["state"]["request_id"], "open": opened.value})
    await socket.close(4401)


async def fail(socket: WebSocket) -> None:
    await socket.accept()
    raise RuntimeError("a secret of the implementation")


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def app(metrics: Metrics) -> Starlette:
    app = Starlette(
        routes=[
            Route("/id", tell_id, methods=["GET", "POST"]),
            Route("/broken", break_down),
            Route("/late", break_late),
            Route("/refused/{kind}", refuse),
            WebSocketRoute("/greeting", greet),
            WebSocketRoute("/failing", fail),
        ],
        middleware=[Middleware(RequestLog, metrics=metrics)],
        exception_handlers={errors.DomainError: answer_domain_error},
    )
    app.state.metrics = metrics
    return app


@pytest.fixture
async def http(app: Starlette):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        yield client


async def test_an_id_is_given_and_none_is_taken(http: httpx.AsyncClient):
    answers = [await http.get("/id", headers={"X-Request-Id": "mine"}) for _ in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert [answer.json()["id"] for answer in answers] == ids
    assert len({*ids, "mine"}) == 3


async def test_a_line_names_method_path_status_and_nothing_secret(http: httpx.AsyncClient):
    with capture_logs() as lines:
        await http.post(
            "/id?token=hunter2", headers={"Authorization": "Bearer hunter2"}, content="hunter2"
        )
    (line,) = lines
    assert (line["method"], line["route"], line["status"]) == ("POST", "/id", 200)
    assert line["milliseconds"] >= 0
    assert "hunter2" not in str(lines)


async def test_what_stands_in_a_path_is_not_logged_where_a_route_took_it(http: httpx.AsyncClient):
    with capture_logs() as lines:
        await http.get("/refused/NotFound")
        await http.get("/nobody/took/this")
        await http.get("/mmp_0123456789/x")
    assert [line["route"] for line in lines] == ["/refused/{kind}", "/nobody/…", "/…/…"]


async def test_a_mistake_of_ours_is_answered_without_its_details(http: httpx.AsyncClient):
    with capture_logs() as lines:
        answer = await http.get("/broken")
    assert answer.status_code == 500
    assert answer.json() == {
        "error": {
            "code": "INTERNAL",
            "message": "Something went wrong here.",
            "requestId": answer.headers["x-request-id"],
        }
    }
    assert [line["event"] for line in lines] == ["request.failed", "request"]


async def test_an_answer_that_breaks_off_is_logged_and_left_to_the_server(http: httpx.AsyncClient):
    with capture_logs() as lines, pytest.raises(RuntimeError):
        await http.get("/late")
    assert [line["event"] for line in lines] == ["request.failed", "request"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("Unauthenticated", 401),
        ("Forbidden", 403),
        ("NotFound", 404),
        ("Conflict", 409),
        ("Invalid", 400),
        ("Unavailable", 503),
    ],
)
async def test_a_domain_error_keeps_its_code(http: httpx.AsyncClient, kind: str, status: int):
    answer = await http.get(f"/refused/{kind}")
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == getattr(errors, kind).code
    assert answer.headers.get("retry-after") == ("2" if status == 503 else None)
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


async def open_socket(app: Starlette, path: str, sent: list[Message]) -> None:
    """Open one socket and take what the application says until it is done."""
    received = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}])

    async def receive() -> Message:
        return next(received)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": path,
        "headers": [],
        "query_string": b"",
        "subprotocols": [],
    }
    await app(scope, receive, send)


async def test_sockets_are_counted_and_logged(app: Starlette, metrics: Metrics):
    sent: list[Message] = []
    with capture_logs() as lines:
        await open_socket(app, "/greeting", sent)
    said = json.loads(sent[1]["text"])
    assert len(said["id"]) == 32
    assert said["open"] == 1
    assert b"metamorph_sockets_open 0.0" in metrics.write()
    assert [(line["event"], line["code"]) for line in lines] == [("socket", 4401)]


async def test_a_socket_that_fails_is_logged_and_left_to_the_server(
    app: Starlette, metrics: Metrics
):
    with capture_logs() as lines, pytest.raises(RuntimeError):
        await open_socket(app, "/failing", [])
    assert [line["event"] for line in lines] == ["socket.failed", "socket"]
    assert b"metamorph_sockets_open 0.0" in metrics.write()
