"""What docs/spa.md tells people to do is done, in its order, and answered as it says."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.cli import main
from domain.shared.settings import Settings
from tests.factories.accounts import PASSWORD
from tests.fixtures.people import SPA_ORIGIN, MakeMember, read_body

pytestmark = pytest.mark.integration

GUIDE = Path(__file__).parents[2] / "docs" / "spa.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ANYTHING = "…"


@dataclass
class Example:
    """Something to send, and the answer as far as it is shown."""

    text: str
    kind: str = "document"
    variables: str = "{}"
    answer: str | None = None
    headers: str = ""


@dataclass
class Guide:
    """The guide's examples, and what it says about files and commands."""

    examples: list[Example] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def add(self, language: str, use: str, text: str) -> None:
        """A block; variables and answers belong to what was sent above them."""
        match language, use:
            case "graphql", "":
                self.examples.append(Example(text))
            case "json", "body":
                self.examples.append(Example(text, "body"))
            case "http", "":
                self.examples.append(Example(text, "http"))
            case "json", "variables":
                self.examples[-1].variables = text
            case "json", "answer":
                self.examples[-1].answer = text
            case "http", "answer":
                self.examples[-1].headers = text
            case "sh", "":
                self.commands += text.splitlines()
            case "graphql", _:
                self.files[use] = text
            case _:
                pytest.fail(f"nobody tries out {language} {use}")


@dataclass
class Reader:
    """Goes through the guide as a page would, and keeps what answers give."""

    client: httpx.AsyncClient
    kept: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)

    async def try_out(self, example: Example) -> None:
        """Send it and compare."""
        answer = await (self.ask(example) if example.kind == "http" else self.post(example))
        self.cookies |= dict(answer.cookies.items())
        if example.answer is None:
            assert example.kind == "http", example.text
            assert answer.is_success, answer.text
        else:
            self.compare(json.loads(example.answer), read_body(answer), example.text)
        for line in example.headers.splitlines():
            name, _, value = line.partition(": ")
            told = answer.headers.get(name)
            if line.startswith("HTTP/"):
                value, told = line.split()[1], str(answer.status_code)
            self.compare(value, told, example.text)

    async def post(self, example: Example) -> httpx.Response:
        """A document with its variables, or a body as it is."""
        headers = self.headers
        if "refreshSession" in example.text:
            headers.pop("Authorization", None)
        if example.text.startswith("subscription"):
            headers["Accept"] = "text/event-stream"
        body = {"query": example.text, "variables": json.loads(self.fill(example.variables))}
        if example.kind == "body":
            body = json.loads(self.fill(example.text))
        return await self.client.post("/graphql", json=body, headers=headers)

    async def ask(self, example: Example) -> httpx.Response:
        """A request as HTTP writes it, without its length."""
        head, _, content = example.text.partition("\n\n")
        method, address = self.fill(head).strip().split(" ", 1)
        body = content.strip().encode() or None
        return await self.client.request(method, address, content=body, headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        """What a page sends with every request, and what its browser adds."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Origin": SPA_ORIGIN, "X-Metamorph-CSRF": "1", "Cookie": cookie}
        if "accessToken" in self.kept:
            headers["Authorization"] = f"Bearer {self.kept['accessToken']}"
        return headers

    def fill(self, text: str) -> str:
        """Put in what was kept."""
        return re.sub(r"\$(\w+)\b", lambda found: self.kept[found[1]], text)

    def compare(self, shown: Any, told: Any, where: str) -> None:
        """What is shown must be there; `…` is anything, `$name` is kept or must be the same."""
        if shown == ANYTHING:
            assert told is not None, (where, self.kept)
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


def read_guide() -> Guide:
    """The blocks of the guide."""
    guide = Guide()
    for language, use, text in BLOCK.findall(GUIDE.read_text()):
        guide.add(language, use, text)
    return guide


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page's folder with the files of the guide, after its commands."""
    guide, folder = read_guide(), tmp_path / "page"
    for name, text in guide.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    for command in guide.commands:
        program, *words = shlex.split(command)
        assert program == "metamorph"
        main.app(words, standalone_mode=False)
    return folder


@pytest.fixture
def settings(settings: Settings, page: Path) -> Settings:
    """An installation that trusts the page's documents."""
    return settings.model_copy(update={"trusted_documents": page / "trusted.json"})


@pytest.mark.no_rollback  # a stream that ends may give up a statement, and its connection with it
async def test_every_example_is_answered_as_the_guide_says(
    client: httpx.AsyncClient, workspace_member: MakeMember, page: Path
):
    kim = await workspace_member()
    ids = json.loads((page / "src" / "ids.json").read_text())
    reader = Reader(client, {"email": kim.person.email, "password": PASSWORD, **ids})
    examples = read_guide().examples
    assert len(examples) > 20
    for example in examples:
        client.cookies.clear()
        await reader.try_out(example)
