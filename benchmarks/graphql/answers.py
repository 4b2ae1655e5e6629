"""Whether all sides answered the same question: the rows that are in an answer."""

import json
import urllib.request
from collections.abc import Iterator

from benchmarks.graphql.shapes import Shape

ANSWER_SECONDS = 60
"""PostGraphile reads the whole schema before its first."""


def fetch(port: int, path: str, body: bytes, token: str = "") -> str:
    """One answer.

    Raises:
        OSError: it is none, or an error.
    """
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", body, {"Content-Type": "application/json"}
    )
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
        text: str = response.read().decode()
    return text


def check(shape: Shape, side: str, answer: str, wanted: list[object] | None) -> list[object]:
    """The rows of an answer.

    Args:
        shape: What was asked.
        side: Who answered.
        answer: JSON.
        wanted: The rows that ours answered with, before any of the others is looked at.

    Raises:
        RuntimeError: there are too few or too many of them, or others.
    """
    rows = list(find_rows(json.loads(answer)))
    if len(rows) != shape.rows or rows != (wanted or rows):
        raise RuntimeError(
            f"{side} answers {shape.name} with {len(rows)} rows instead of {shape.rows}, or with"
            f" others than ours: {answer[:500]}"
        )
    return rows


def find_rows(answer: object) -> Iterator[object]:
    """What each row is called, or how many there are, in the order of the answer."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            if key in ("name", "totalCount"):
                yield value
            else:
                yield from find_rows(value)
    elif isinstance(answer, list):
        for one in answer:
            yield from find_rows(one)
