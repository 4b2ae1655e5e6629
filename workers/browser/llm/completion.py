"""Reads a chat completion, and the JSON that the model was asked to write into it."""

import json
import re
from dataclasses import dataclass
from typing import Final, Self

from domain.elements import json_values
from workers.browser.llm.errors import UnusableError
from workers.browser.llm.usage import estimate_tokens

_FENCED: Final = re.compile(r"```(?:json)?\s*(\{.*\})\s*```", re.DOTALL)
_LONGEST_SHOWN: Final = 200
_MOST_TOKENS: Final = 100_000_000
"""More than any request takes: what an endpoint counts beyond is no count."""
_UNREADABLE: Final = "the language model's answer cannot be read"


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back.

    Attributes:
        text: What the model wrote.
        trouble: Why there is nothing to use in it; empty when there is.
    """

    text: str
    input_tokens: int
    output_tokens: int
    trouble: str = ""

    def require_text(self) -> Self:
        """The completion itself, if it holds an answer.

        Raises:
            UnusableError: It does not.
        """
        if self.trouble:
            raise UnusableError(self.trouble)
        return self

    def read_object(self) -> dict[str, object]:
        """The JSON object that the model wrote, also where words stand around it.

        Raises:
            UnusableError: There is none.
        """
        text = self.text.strip()
        fenced = _FENCED.search(text)
        tried = [text, fenced[1] if fenced else "", text[text.find("{") : text.rfind("}") + 1]]
        for one in tried:
            try:
                return json_values.fields(json.loads(one, parse_constant=_refuse) if one else "")
            except (ValueError, TypeError, RecursionError):
                continue
        raise UnusableError("the language model did not answer with JSON")


def _refuse(constant: str) -> object:
    """NaN and Infinity are no JSON, and nothing that stores JSON takes them."""
    raise ValueError(constant)


def read_completion(body: object, sent: int) -> Completion:
    """Read the answer of the API.

    Args:
        sent: Tokens that were sent, for an endpoint that does not count them.

    Raises:
        UnusableError: It does not have the shape of a chat completion.
    """
    try:
        data = json_values.fields(body)
        choice = json_values.fields(json_values.items(data["choices"])[0])
        message = json_values.fields(choice["message"])
        text = _read_text(message.get("content"))
    except (KeyError, IndexError, TypeError) as error:
        raise UnusableError(_UNREADABLE) from error
    return Completion(
        text,
        _read_count(data.get("usage"), "prompt_tokens", sent),
        _read_count(data.get("usage"), "completion_tokens", estimate_tokens(text)),
        _find_trouble(choice.get("finish_reason"), message.get("refusal"), text),
    )


def _read_text(content: object) -> str:
    """A text, or a list of parts of which some are texts."""
    if content is None or isinstance(content, str):
        return content or ""
    parts = [json_values.fields(part) for part in json_values.items(content)]
    return "".join(json_values.text(one["text"]) for one in parts if one.get("type") == "text")


def _read_count(usage: object, name: str, otherwise: int) -> int:
    value = usage.get(name) if isinstance(usage, dict) else None
    if isinstance(value, bool) or not isinstance(value, int):
        return otherwise
    return value if 0 <= value <= _MOST_TOKENS else otherwise


def _find_trouble(finished: object, refusal: object, text: str) -> str:
    if refusal or finished == "content_filter":
        return "the language model declined to answer"
    if finished == "length":
        return "the language model's answer was cut off at its longest"
    return "" if text.strip() else "the language model's answer is empty"


def shorten_reason(value: object) -> str:
    """A reason that the model gives, as one short line; it may repeat what a page told it."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    printable = "".join(letter for letter in text if letter.isprintable())
    if len(printable) <= _LONGEST_SHOWN:
        return printable
    return printable[: _LONGEST_SHOWN - 1] + "…"
