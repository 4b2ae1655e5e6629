"""A chat completions API on a loopback address that answers what a test tells it to.

It holds requests to the published rules and refuses those that break them, as the real one would.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from workers.browser.llm.endpoint import Endpoint

KEY = "sk-test-0123456789abcdef"
MODEL = "fake-1"
_LINE = re.compile(r'^\s*\[(\d+)\] (\w+) (?:"((?:[^"\\]|\\.)*)")?', re.MULTILINE)

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request."""

    headers: Mapping[str, str]
    body: Json

    @property
    def sent(self) -> str:
        """All of it, as text."""
        return json.dumps([dict(self.headers), self.body], ensure_ascii=False)

    @property
    def page(self) -> str:
        """The first message of the user, with the task and the page."""
        return str(self.body["messages"][1]["content"])

    @property
    def task(self) -> Json:
        """What stands between the marks of the task."""
        found = re.search(r"<task>(.*?)</task>", self.page, re.DOTALL)
        assert found is not None
        return dict(json.loads(found[1]))

    def number(self, name: str) -> int:
        """The number of the only element with this name."""
        (number,) = [int(one[1]) for one in _LINE.finditer(self.page) if one[3] == name]
        return number


@dataclass(frozen=True)
class Reply:
    """What the server says.

    Attributes:
        delay_s: How long it thinks before.
    """

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


Script = Callable[[Asked], Reply]


def completion(content: object, tokens: tuple[int, int] = (900, 30), **message: object) -> Json:
    """The body of a completion, as the API documents it."""
    text = content if content is None or isinstance(content, str) else json.dumps(content)
    finish = message.pop("finish_reason", "stop")
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": f"{MODEL}-2026-01-01",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None, **message},
                "logprobs": None,
                "finish_reason": finish,
            }
        ],
        "usage": {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": sum(tokens),
        },
    }


def says(content: object, tokens: tuple[int, int] = (900, 30), delay_s: float = 0.0) -> Script:
    """Answer with this content."""
    body = json.dumps(completion(content, tokens)).encode()
    return lambda _: Reply(body, delay_s=delay_s)


def picks(*names: str, reason: str = "it fits") -> Script:
    """Answer with the numbers that these elements have on the page that is shown."""
    kind = "element" if len(names) == 1 else "ambiguous" if names else "none"

    def answer(asked: Asked) -> Reply:
        numbers = [asked.number(name) for name in names]
        content = {"answer": kind, "numbers": numbers, "reason": reason}
        return Reply(json.dumps(completion(content)).encode())

    return answer


def refuses(status: int, headers: Mapping[str, str] | None = None, **error: object) -> Script:
    """Answer with an error, in the documented shape."""
    told = {"message": f"No: {KEY} is wrong.", "type": "error", "param": None, "code": None}
    body = json.dumps({"error": {**told, **error}}).encode()
    return lambda _: Reply(body, status, headers or {})


class FakeChat:
    """Answers request after request as it was told, the last answer for ever.

    Attributes:
        asked: Every request that kept to the rules.
    """

    def __init__(self, *scripts: Script) -> None:
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._scripts = list(scripts)
        self._server = _make_server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def then(self, *scripts: Script) -> "FakeChat":
        """Answer like this from now on."""
        self._scripts = list(scripts)
        return self

    def endpoint(self, **changes: Any) -> Endpoint:
        """How to reach it."""
        url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        return Endpoint(**{"base_url": url, "api_key": KEY, "model": MODEL, **changes})

    def answer(self, asked: Asked) -> Reply:
        """What is said to this request."""
        broken = next(_find_broken_rules(asked), None)
        if broken is not None:
            return refuses(400, message=broken, type="invalid_request_error")(asked)
        self.asked.append(asked)
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        return script(asked)

    def close(self) -> None:
        """Stop to listen."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _find_broken_rules(asked: Asked) -> Iterator[str]:
    """What the published API refuses of what we might send."""
    body = asked.body
    if asked.headers.get("content-type") != "application/json":
        yield "the body is no JSON"
    known = {"model", "messages", "temperature", "response_format"}
    unknown = body.keys() - known - {"max_tokens", "max_completion_tokens"}
    if unknown:
        yield f"Unrecognized request argument supplied: {min(unknown)}"
    if not isinstance(body.get("model"), str) or not body.get("messages"):
        yield "you must provide a model and messages"
    for message in body.get("messages", []):
        if message["role"] not in {"system", "user", "assistant"} or not message["content"]:
            yield "Invalid value in messages"
    form = body.get("response_format", {"type": "text"})
    if form["type"] == "json_object" and "json" not in asked.sent.lower().replace("json_", ""):
        yield "'messages' must contain the word 'json' in some form"
    if form["type"] == "json_schema":
        if not re.fullmatch(r"[\w-]{1,64}", form["json_schema"]["name"]):
            yield "Invalid 'response_format.json_schema.name'"
        yield from _find_loose_objects(form["json_schema"]["schema"])


def _find_loose_objects(schema: object) -> Iterator[str]:
    """A strict schema lists all properties as required and allows no others."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            strict = schema.get("additionalProperties") is False
            if not strict or set(schema["required"]) != set(schema["properties"]):
                yield "Invalid schema for response_format 'answer'"
        for part in schema.values():
            yield from _find_loose_objects(part)


def _make_server(chat: FakeChat) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = self._reply(headers, self.rfile.read(length))
            chat.closing.wait(reply.delay_s)
            self.send_response(reply.status)
            for name, value in {"content-type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def _reply(self, headers: Mapping[str, str], content: bytes) -> Reply:
            asked = Asked(headers, json.loads(content))
            if self.path != "/v1/chat/completions":
                return refuses(404, message="Unknown request URL")(asked)
            if headers.get("authorization") != f"Bearer {KEY}":
                return refuses(401, code="invalid_api_key")(asked)
            return chat.answer(asked)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is nothing to talk about."""

    return Server(("127.0.0.1", 0), Handler)
