"""One run's language model: asks within the budget, keeps account, knows when to leave it alone."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workers.browser.llm.completion import Completion, read_completion
from workers.browser.llm.endpoint import Endpoint
from workers.browser.llm.errors import NotAskedError, RefusedError, UnusableError
from workers.browser.llm.hiding import Hiding
from workers.browser.llm.messages import Message
from workers.browser.llm.prompts import Prompt
from workers.browser.llm.usage import Budget, Usage, estimate_tokens

_MOST_REQUESTS: Final = 6
_SHORTEST_SECONDS: Final = 0.2
_PATIENCE_S: Final = 5.0
"""How long an endpoint is left alone that wants it, but does not say for how long."""


@dataclass(frozen=True, slots=True)
class Form:
    """What an answer has to look like.

    Attributes:
        schema: A JSON Schema of the kind that strict structured outputs know; `None` leaves it
            at "an object", because a customer's own schema may use what an endpoint refuses.
        most_tokens: Of the answer, thinking included.
    """

    schema: Mapping[str, object] | None
    most_tokens: int


@dataclass(slots=True)
class _Dialect:
    """Which of the optional parameters the endpoint takes, as far as it has said."""

    formats: tuple[str, ...] = ("json_schema", "json_object", "")
    limits: tuple[str, ...] = ("max_tokens", "max_completion_tokens", "")
    takes_temperature: bool = True

    def drop(self, named: str) -> bool:
        """Do without a parameter from now on; whether there is anything left to drop."""
        if named == "temperature" and self.takes_temperature:
            self.takes_temperature = False
        elif named == "response_format" and len(self.formats) > 1:
            self.formats = self.formats[1:]
        elif named == self.limits[0] and named:
            self.limits = self.limits[1:]
        else:
            return False
        return True


class Model:
    """What the steps of one run talk to.

    Attributes:
        hiding: Hides what the model must not see.
    """

    def __init__(self, endpoint: Endpoint, secrets: Sequence[str] = ()) -> None:
        # A third of what a browser process would import, and most runs ask no model.
        from workers.browser.llm.chat import complete

        self.hiding = Hiding(secrets)
        self.budget = Budget(endpoint.run_tokens)
        self._endpoint = endpoint
        self._complete = complete
        self._dialect = _Dialect()
        self._closed = ""
        self._not_before = 0.0

    def open_account(self, prompt: Prompt) -> Usage:
        """An account for one decision."""
        return Usage(self._endpoint, prompt.label)

    async def ask(
        self, messages: Sequence[Message], form: Form, seconds: float, usage: Usage
    ) -> Completion:
        """Ask once; again only where the endpoint does not know a parameter.

        Args:
            seconds: What is left of the step's time.

        Raises:
            NotAskedError: Nothing was sent.
            RefusedError: The endpoint refused.
            UnusableError: There is no answer, or none that can be read.
        """
        began = time.perf_counter()
        for _ in range(_MOST_REQUESTS):
            left = min(seconds - (time.perf_counter() - began), self._endpoint.timeout_seconds)
            self._require(messages, left)
            try:
                return await self._request(messages, form, left, usage)
            except RefusedError as error:
                if not self._dialect.drop(error.named):
                    self._take_to_heart(error)
                    raise
        raise UnusableError("the language model's endpoint refuses one parameter after the other")

    def _require(self, messages: Sequence[Message], left: float) -> None:
        """Say why nothing is sent now, if so."""
        if self._closed:
            raise NotAskedError(self._closed)
        wait = self._not_before - asyncio.get_running_loop().time()
        if wait > 0:
            raise NotAskedError(
                f"the language model's endpoint wants to be left alone for {wait:.0f} s more"
            )
        if left < _SHORTEST_SECONDS:
            raise NotAskedError("there was no time left to ask the language model")
        self.budget.require(estimate_tokens("".join(one["content"] for one in messages)))

    async def _request(
        self, messages: Sequence[Message], form: Form, seconds: float, usage: Usage
    ) -> Completion:
        sent = estimate_tokens("".join(one["content"] for one in messages))
        began = time.perf_counter()
        usage.requests += 1
        tokens = (sent, 0)  # of a request that was given up: it may well be on the bill
        try:
            body = await self._complete(self._endpoint, self._describe(messages, form), seconds)
            completion = read_completion(body, sent)
            tokens = (completion.input_tokens, completion.output_tokens)
            return completion.require_text()
        except RefusedError:
            tokens = (0, 0)
            raise
        finally:
            usage.milliseconds += (time.perf_counter() - began) * 1000
            usage.input_tokens += tokens[0]
            usage.output_tokens += tokens[1]
            self.budget.spent += sum(tokens)

    def _describe(self, messages: Sequence[Message], form: Form) -> dict[str, object]:
        body: dict[str, object] = {"model": self._endpoint.model, "messages": list(messages)}
        if self._dialect.takes_temperature:
            body["temperature"] = 0
        if self._dialect.limits[0]:
            body[self._dialect.limits[0]] = form.most_tokens
        wanted = self._dialect.formats[0]
        if wanted == "json_schema" and form.schema is not None:
            schema = {"name": "answer", "strict": True, "schema": form.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif wanted:
            body["response_format"] = {"type": "json_object"}
        return body

    def _take_to_heart(self, error: RefusedError) -> None:
        """A key or address that is refused once is refused for the rest of the run."""
        if error.status in {401, 402, 403, 404} or 300 <= error.status < 400:
            self._closed = f"{error}, and was not asked again"
        elif error.status in {429, 503}:
            now = asyncio.get_running_loop().time()
            wait = _PATIENCE_S if error.retry_after_s is None else error.retry_after_s
            self._not_before = now + wait
