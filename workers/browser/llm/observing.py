"""Lists what some words may mean on a page by asking a language model, each with its reason."""

from collections.abc import Mapping
from typing import Final

from playwright.async_api import Page

from domain.elements import json_values
from workers.browser.llm.completion import Completion, shorten_reason
from workers.browser.llm.errors import UnusableError
from workers.browser.llm.messages import compose
from workers.browser.llm.model import Form, Model
from workers.browser.llm.outline import Entry, Outline, Outliner
from workers.browser.llm.prompts import read_prompt
from workers.browser.llm.usage import Usage
from workers.browser.locate import looking, reports
from workers.browser.locate.scripts import Library

_MOST: Final = 10
_FORM: Final = Form(
    {
        "type": "object",
        "properties": {
            "candidates": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"number": {"type": "integer"}, "reason": {"type": "string"}},
                    "required": ["number", "reason"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["candidates"],
        "additionalProperties": False,
    },
    most_tokens=3_000,
)


async def list_candidates(
    model: Model, words: str, page: Page, library: Library, *, seconds: float, usage: Usage
) -> list[dict[str, str]]:
    """Elements that the words fit, best first: each with `element` and `reason`.

    Raises:
        ModelError: The model gave nothing to use.
        PlaywrightError: The page moved on, or is gone.
    """
    outline = await Outliner(page, library, model.hiding).show_page()
    try:
        asked = {"task": {"find": model.hiding.hide(words)}}
        messages = compose(read_prompt("observe"), asked, outline)
        completion = await model.ask(messages, _FORM, seconds, usage)
        named = _read(completion, outline, model)
        described = [
            (await _describe(outline.entries[number], library, model), reason)
            for number, reason in named.items()
        ]
    finally:
        outline.release()
    return [{"element": element, "reason": reason} for element, reason in described if element]


def _read(completion: Completion, outline: Outline, model: Model) -> Mapping[int, str]:
    try:
        candidates = json_values.items(completion.read_object()["candidates"])[:_MOST]
        fields = [json_values.fields(one) for one in candidates]
        named = {
            json_values.whole(one["number"]): model.hiding.hide(shorten_reason(one.get("reason")))
            for one in fields
        }
    except (KeyError, TypeError) as error:
        raise UnusableError("the language model's answer makes no sense") from error
    unknown = [number for number in named if number not in outline.entries]
    if unknown:
        raise UnusableError(
            f"the language model named an element that does not exist ({unknown[0]})"
        )
    return named


async def _describe(entry: Entry, library: Library, model: Model) -> str:
    """What the element is called; nothing when it has left the page."""
    element = await entry.element()
    if element is None:
        return ""
    seen = await looking.look(library, entry.frame, "inspect", {}, given=[element])
    return model.hiding.hide(reports.describe(seen.sightings[0].fingerprint))
