"""Answers: what GraphQL found out, as JSON and as an HTTP status."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from domain.shared.errors import DomainError
from graph.support.masking import (
    DocumentRefused,
    Problem,
    RequestRefused,
    describe,
    describe_exception,
)

AWAY_STATUSES = (503, 429)
"""Whoever sees these comes back later, so they also count where every root field is null."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response.

    Attributes:
        started: Tells errors in the execution from errors before it.
        blames_document: GraphQL itself refused the document or its variables.
    """

    request_id: str
    data: Mapping[str, object] | None = None
    problems: tuple[Problem, ...] = ()
    started: bool = True
    extensions: Mapping[str, object] = field(default_factory=dict)
    refused_status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    blames_document: bool = False

    def errors(self) -> list[dict[str, object]]:
        """The errors as the caller sees them."""
        return [problem.body for problem in self.problems]

    def to_json(self) -> dict[str, object]:
        """As GraphQL has it: no `data` where nothing ran."""
        body: dict[str, object] = {}
        if self.problems:
            body["errors"] = self.errors()
        if self.started:
            body["data"] = self.data
        if self.extensions:
            body["extensions"] = self.extensions
        return body

    @property
    def status(self) -> int:
        """HTTP's view: 200 with data; else 4xx or 5xx, by the gravest error."""
        if self.refused_status is not None:
            return self.refused_status
        statuses = [problem.status for problem in self.problems]
        if not statuses:
            return 200
        if not any(value is not None for value in (self.data or {}).values()):
            for status in AWAY_STATUSES:
                if status in statuses:
                    return status
        return 200 if self.data is not None else max(statuses)

    @property
    def retry_after_seconds(self) -> int | None:
        """When to come back, if that is the way to go."""
        waits = [one.retry_after_seconds for one in self.problems if one.retry_after_seconds]
        return max(waits, default=None) if self.status in AWAY_STATUSES else None


def answer_refusal(error: RequestRefused | DomainError, request_id: str) -> Answer:
    """Nothing ran."""
    if isinstance(error, DomainError):
        problems: tuple[Problem, ...] = (describe_exception(error, request_id),)
        return Answer(request_id, problems=problems, started=False)
    return Answer(
        request_id,
        problems=tuple(describe(one, request_id) for one in error.errors),
        started=False,
        refused_status=error.status,
        headers=error.headers,
        blames_document=isinstance(error, DocumentRefused),
    )


def answer_failure(error: Exception, request_id: str) -> Answer:
    """Something ran and broke in a way that is not part of its result."""
    return Answer(request_id, problems=(describe_exception(error, request_id),), started=False)


def encode(answer: Answer) -> tuple[bytes, int]:
    """The answer as JSON, with its status; what cannot be written is our mistake, and masked."""
    try:
        return orjson.dumps(answer.to_json()), answer.status
    except TypeError as error:
        sorry = answer_failure(error, answer.request_id)
        return orjson.dumps(sorry.to_json()), sorry.status
