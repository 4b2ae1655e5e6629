"""A language model that is played back: the demo's scenario in words that only a model understands.

The answers are an endpoint's in form (chat completions) and ours in content, and so is the time that
each takes: no endpoint has been recorded.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from e2e.demo.scenario import Step
from workers.browser.llm.endpoint import Endpoint

LATENCY_SECONDS = 0.75
"""Of one answer: assumed, the middle of what the cassettes of the tests have for such tasks."""
TOKENS = {"prompt_tokens": 750, "completion_tokens": 30, "total_tokens": 780}
TASK = re.compile(r"<task>(.*?)</task>", re.DOTALL)
LINE = re.compile(r'^\s*\[(\d+)\] (\w+ "(?:[^"\\]|\\.)*")', re.MULTILINE)
WORDS = {
    "fill Password": ("fill what nobody else may know", 'textbox "Password:"'),
    "click the Log in button": ("click what lets me in", 'button "Log in"'),
    "click the Users link": ("click where people are looked after", 'link "Users"'),
    "fill Username": ("fill what somebody is called here", 'textbox "Username:"'),
    "click the Save button": ("click what keeps all this", 'button "Save"'),
    "click the Search button": ("click what starts to look", 'button "Search"'),
    'click the "{{username}}" link': ("click whoever came last", 'link "grace"'),
    "fill First name": ("fill what friends say", 'textbox "First name:"'),
    "fill Last name": ("fill what the family has in common", 'textbox "Last name:"'),
    "choose Staff status": ("choose whoever works here", 'checkbox "Staff status"'),
    "click the Save and continue editing button": (
        "click what keeps all this and stays here",
        'button "Save and continue editing"',
    ),
    "click the Delete link": ("click what takes all this away", 'link "Delete"'),
    'click the "Yes, I\'m sure" button': ("click whatever agrees", 'button "Yes, I\'m sure"'),
}
"""Per instruction of the demo: the same in other words, and how the page's outline names it."""
ANSWERS = {words.partition(" ")[2]: name for words, name in WORDS.values()}


def in_other_words(steps: list[Step]) -> list[Step]:
    """Steps whose instructions are put so that their words lead nowhere."""
    return [
        {**step, "instruction": WORDS[str(step["instruction"])][0]}
        if step["kind"] == "act"
        else step
        for step in steps
    ]


@contextmanager
def replayed_model() -> Iterator[Endpoint]:
    """Serve it on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Endpoint(f"http://127.0.0.1:{server.server_address[1]}/v1", "replayed", "replayed")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Model(BaseHTTPRequestHandler):
    """Answers each task with the element that it is about, after the usual time."""

    protocol_version = "HTTP/1.1"
    thinking = threading.Event()

    def do_POST(self) -> None:
        """Answer a completion."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.thinking.wait(LATENCY_SECONDS)
        body = json.dumps(complete(str(asked["messages"][1]["content"]))).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the table is the output."""


def plain(name: str) -> str:
    """With the apostrophe of keyboards, whatever the version of the site has."""
    return name.replace("\u2019", "'")


def complete(shown: str) -> dict[str, object]:
    """The completion for a task and a page."""
    found = TASK.search(shown)
    task = json.loads(found[1]) if found else {}
    name = ANSWERS.get(str(task.get("element")))
    numbers = [int(number) for number, called in LINE.findall(shown) if plain(called) == name]
    told = {
        "answer": "element" if numbers else "none",
        "numbers": numbers[:1],
        "reason": f"it is the {name}" if numbers else "nothing fits",
    }
    message = {"role": "assistant", "content": json.dumps(told), "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "replayed",
        "choices": [choice],
        "usage": TOKENS,
    }
