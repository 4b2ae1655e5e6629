"""What docs/spa.md tells people to send is sent, in its order, and answered as it says."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.factories.accounts import PASSWORD
from tests.fixtures.people import SPA_ORIGIN, MakeMember, read_body

pytestmark = pytest.mark.integration

GUIDE = Path(__file__).parents[2] / "docs" / "spa.md"
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ANYTHING = "…"


@dataclass
class Example:
    """Something to send, and the answer as far as it is shown."""

    text: str
    is_http: bool = False
    variables: str = "{}"
    answer: str | None = None


@dataclass
class Reader:
    """Goes through the guide as a page would, and keeps what answers give."""

    client: httpx.AsyncClient
    kept: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)

    async def try_out(self, example: Example) -> None:
        """Send it and compare."""
        if example.is_http:
            await self.put(example.text)
            return
        headers = {"Origin": SPA_ORIGIN, "X-Metamorph-CSRF": "1", "Cookie": self.cookie}
        if "accessToken" in self.kept and "refreshSession" not in example.text:
            headers["Authorization"] = f"Bearer {self.kept['accessToken']}"
        if example.text.startswith("subscription"):
            headers["Accept"] = "text/event-stream"
        body = {"query": example.text, "variables": json.loads(self.fill(example.variables))}
        answer = await self.client.post("/graphql", json=body, headers=headers)
        self.cookies |= dict(answer.cookies.items())
        assert example.answer is not None, example.text
        self.compare(json.loads(example.answer), read_body(answer), example.text)

    async def put(self, text: str) -> None:
        """A request as HTTP writes it, without its length."""
        head, _, content = text.partition("\n\n")
        method, address = self.fill(head).split()
        answer = await self.client.request(method, address, content=content.strip().encode())
        assert answer.is_success, answer.text

    @property
    def cookie(self) -> str:
        """What the browser would send."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def fill(self, text: str) -> str:
        """Put in what was kept."""
        return re.sub(r"\$(\w+)\b", lambda found: self.kept[found[1]], text)

    def compare(self, shown: Any, told: Any, where: str) -> None:
        """What is shown must be there; `…` is anything, `$name` is kept or must be the same."""
        if shown == ANYTHING:
            assert told is not None, where
        elif isinstance(shown, str) and shown.startswith("$"):
            assert isinstance(told, str), (where, told)
            if shown != "$accessToken":
                assert self.kept.get(shown[1:], told) == told, (where, shown)
            self.kept[shown[1:]] = told
        elif isinstance(shown, dict):
            for key, value in shown.items():
                assert key in told, (where, told)
                self.compare(value, told[key], where)
        elif isinstance(shown, list):
            assert len(shown) == len(told), (where, told)
            for one, other in zip(shown, told, strict=True):
                self.compare(one, other, where)
        else:
            assert shown == told, (where, told)


def read_examples() -> Iterator[Example]:
    """Blocks of the guide; variables and answers belong to the document above them."""
    found: list[Example] = []
    for language, use, text in BLOCK.findall(GUIDE.read_text()):
        if language in ("graphql", "http"):
            found.append(Example(text, is_http=language == "http"))
        elif use == "variables":
            found[-1].variables = text
        else:
            found[-1].answer = text
    yield from found


@pytest.mark.no_rollback  # a stream that ends may give up a statement, and its connection with it
async def test_every_example_is_answered_as_the_guide_says(
    client: httpx.AsyncClient, workspace_member: MakeMember
):
    kim = await workspace_member()
    reader = Reader(client, {"email": kim.person.email, "password": PASSWORD})
    examples = list(read_examples())
    assert len(examples) > 10
    for example in examples:
        client.cookies.clear()
        await reader.try_out(example)
