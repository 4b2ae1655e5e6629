"""Plays cassettes: recorded answers of the API, each with the time that it took."""

import json
from pathlib import Path
from typing import Any

from tests.workers.browser.llm.chat import Asked, Reply, Script, refuses

DIRECTORY = Path(__file__).parent / "cassettes"


def replay(name: str) -> Script:
    """Answer every task as it was answered when the cassette was made, and as slowly."""
    recorded = json.loads((DIRECTORY / f"{name}.json").read_text(encoding="utf-8"))
    left: list[dict[str, Any]] = list(recorded["exchanges"])

    def answer(asked: Asked) -> Reply:
        for exchange in left:
            if exchange["task"] == asked.task:
                left.remove(exchange)
                body = json.dumps(exchange["body"]).encode()
                return Reply(body, exchange["status"], {}, exchange["latency_ms"] / 1000)
        return refuses(404, code="not_on_the_cassette")(asked)

    return answer
