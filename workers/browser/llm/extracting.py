"""Reads a value off a page by asking a language model, and checks it against its JSON Schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.templates.value_schema import Schema, find_violations, scalar_type
from workers.browser.llm.completion import Completion, shorten_reason
from workers.browser.llm.errors import UnusableError
from workers.browser.llm.hiding import Hiding
from workers.browser.llm.messages import Message, compose
from workers.browser.llm.model import Form, Model
from workers.browser.llm.outline import Outline
from workers.browser.llm.prompts import read_prompt
from workers.browser.llm.usage import Usage
from workers.browser.typed import UnreadableError, read_scalar

_FORM: Final = Form(None, most_tokens=4_000)
_DEEPEST: Final = 40


class NotExtractedError(Exception):
    """The page does not hold the value, or what was read does not fit the schema."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to read.

    Attributes:
        words: What the author calls it.
        schema: What it has to fit.
    """

    words: str
    schema: Schema


async def extract_value(
    model: Model, question: Question, outline: Outline, seconds: float, usage: Usage
) -> object:
    """Ask for the value; once more, with what is wrong with it, when it does not fit.

    Raises:
        NotExtractedError: The second answer does not fit either, or the page holds no such value.
        ModelError: The model gave nothing to use.
    """
    asked = {"task": {"read": model.hiding.hide(question.words)}, "schema": question.schema}
    messages = compose(read_prompt("extract"), asked, outline)
    completion = await model.ask(messages, _FORM, seconds, usage)
    value, faults = _read(completion, question.schema, model.hiding)
    if not faults:
        return value
    left = seconds - usage.milliseconds / 1000
    repair = [*messages, *_ask_again(completion, faults, model.hiding)]
    second = await model.ask(repair, _FORM, left, usage)
    value, faults = _read(second, question.schema, model.hiding)
    if faults:
        raise NotExtractedError(f"what was read does not fit the schema: {'; '.join(faults)}")
    return value


def _ask_again(completion: Completion, faults: list[str], hiding: Hiding) -> list[Message]:
    """The answer and its faults, which quote what was hidden before it was put back."""
    told = "\n".join(f"- {hiding.hide_numbered(fault)}" for fault in faults)
    content = (
        f"This answer cannot be used:\n{told}\nAnswer again as described, with a value that fits "
        "the schema and that the page holds; if there is none, with `found` false."
    )
    return [
        {"role": "assistant", "content": completion.text},
        {"role": "user", "content": content},
    ]


def _read(completion: Completion, schema: Schema, hiding: Hiding) -> tuple[object, list[str]]:
    """The value, and what is wrong with it.

    Raises:
        NotExtractedError: The page does not hold it.
    """
    try:
        data = completion.read_object()
    except UnusableError as error:
        return None, [str(error)]
    if data.get("found") is False:
        reason = hiding.hide(shorten_reason(data.get("reason")))
        raise NotExtractedError(f"the page does not hold it{f': {reason}' if reason else ''}")
    if data.get("found") is not True or "value" not in data:
        return None, ["the answer has no `found` and `value` as described"]
    value = _put_back(data["value"], schema, hiding)
    return value, find_violations(value, schema)


def _put_back(value: object, schema: object, hiding: Hiding, depth: int = _DEEPEST) -> object:
    """The value with what was hidden; as a number where the schema wants one."""
    wanted: Mapping[str, object] = schema if isinstance(schema, Mapping) else {}
    if isinstance(value, str):
        return _restore(value, wanted, hiding)
    if isinstance(value, list) and depth:
        inner = wanted.get("items")
        return [_put_back(one, inner, hiding, depth - 1) for one in value]
    if isinstance(value, dict) and depth:
        parts = wanted.get("properties")
        known = parts if isinstance(parts, Mapping) else {}
        return {
            hiding.restore(name): _put_back(one, known.get(name), hiding, depth - 1)
            for name, one in value.items()
        }
    return value


def _restore(text: str, schema: Schema, hiding: Hiding) -> object:
    restored = hiding.restore(text)
    if restored == text or scalar_type(schema) not in {"number", "integer"}:
        return restored
    try:
        return read_scalar(restored, schema)
    except UnreadableError:
        return restored
