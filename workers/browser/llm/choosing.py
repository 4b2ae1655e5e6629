"""Finds the element that an instruction means by asking a language model for its number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from playwright.async_api import Page

from domain.elements import json_values
from domain.elements.instructions import Instruction
from workers.browser.llm.completion import Completion, shorten_reason
from workers.browser.llm.errors import ModelError, NotAskedError, UnusableError
from workers.browser.llm.messages import compose
from workers.browser.llm.model import Form, Model
from workers.browser.llm.outline import Outline, Outliner
from workers.browser.llm.prompts import read_prompt
from workers.browser.llm.usage import Usage
from workers.browser.locate.last_resort import Choice, Found
from workers.browser.locate.scripts import Library

_MOST_REQUESTS: Final = 2
_MOST_RIVALS: Final = 5
_FORM: Final = Form(
    {
        "type": "object",
        "properties": {
            "answer": {"type": "string", "enum": ["element", "none", "ambiguous"]},
            "numbers": {"type": "array", "items": {"type": "integer"}},
            "reason": {"type": "string"},
        },
        "required": ["answer", "numbers", "reason"],
        "additionalProperties": False,
    },
    most_tokens=2_000,
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Numbers of the list, all known: one for an element, several for a tie, none for nothing."""

    numbers: tuple[int, ...]
    reason: str


@dataclass(slots=True)
class Chooser:
    """Opens one `Asking` for each element that is looked for."""

    model: Model

    def look_for(self, instruction: Instruction) -> "Asking":
        """Be ready to look for one element."""
        return Asking(self.model, instruction)


class Asking:
    """One element that is looked for: remembers what was answered for which state of the page."""

    def __init__(self, model: Model, instruction: Instruction) -> None:
        self._model = model
        self._instruction = instruction
        self._usage: Usage = model.open_account(read_prompt("act"))
        self._answers: dict[str, _Answer] = {}
        self._last = Choice("")

    @property
    def usage(self) -> Mapping[str, object] | None:
        """What it took until now; nothing while nothing was asked."""
        return self._usage.to_json()

    async def choose(self, page: Page, library: Library, seconds: float) -> Choice:
        """What the model says about the page as it is now, asked once for the same page.

        Raises:
            PlaywrightError: The page moved on, or is gone.
        """
        outliner = Outliner(page, library, self._model.hiding)
        outline = await outliner.show_page()
        try:
            if outline.digest not in self._answers:
                if len(self._answers) >= _MOST_REQUESTS:
                    return replace(self._last, found=())
                self._answers[outline.digest] = await self._ask(outline, seconds)
            self._last = await _pick(outliner, outline, self._answers[outline.digest])
        except NotAskedError as error:
            # What was said first tells more than that there was no time left in the end.
            self._last = replace(self._last, found=()) if self._last.reason else Choice(str(error))
        finally:
            outline.release()
        return self._last

    async def _ask(self, outline: Outline, seconds: float) -> _Answer:
        """Ask; what cannot be used as an answer counts as none, and is not asked again."""
        try:
            messages = compose(read_prompt("act"), {"task": self._describe_task()}, outline)
            completion = await self._model.ask(messages, _FORM, seconds, self._usage)
            return _read_answer(completion, outline, self._model)
        except NotAskedError:
            raise
        except ModelError as error:
            return _Answer((), str(error))

    def _describe_task(self) -> dict[str, str]:
        """What is wanted, in the author's words but for the value: that is nobody's business."""
        wanted = self._instruction
        hide = self._model.hiding.hide
        kinds = " or ".join(wanted.kinds)
        name = wanted.counted or wanted.name
        task = {"do": str(wanted.verb), "element": hide(name or kinds)}
        if kinds and name:
            task["kind"] = kinds
        if wanted.section is not None:
            kind = wanted.section.kind
            task["where"] = hide(f"{wanted.section.name} ({kind})" if wanted.section.name else kind)
        return task


def _read_answer(completion: Completion, outline: Outline, model: Model) -> _Answer:
    data = completion.read_object()
    reason = model.hiding.hide(shorten_reason(data.get("reason")))
    said = f": {reason}" if reason else ""
    kind, numbers = data.get("answer"), _read_numbers(data.get("numbers"))
    if kind == "none":
        return _Answer((), f"the language model finds nothing that fits{said}{_note(outline)}")
    unknown = [number for number in numbers if number not in outline.entries]
    if unknown:
        raise UnusableError(
            f"the language model named an element that does not exist ({unknown[0]})"
        )
    if kind == "element" and len(numbers) == 1:
        return _Answer(numbers, f"the language model chose it{said}")
    if kind == "ambiguous" and len(numbers) > 1:
        return _Answer(numbers, f"the language model finds {len(numbers)} that fit{said}")
    raise UnusableError("the language model's answer makes no sense")


def _note(outline: Outline) -> str:
    return f" (not all of the page was shown to it: {outline.cut})" if outline.cut else ""


def _read_numbers(value: object) -> tuple[int, ...]:
    try:
        numbers = [json_values.whole(one) for one in json_values.items(value)]
    except TypeError as error:
        raise UnusableError("the language model's answer makes no sense") from error
    return tuple(dict.fromkeys(numbers))


async def _pick(outliner: Outliner, outline: Outline, answer: _Answer) -> Choice:
    """Fetch what was named, if it still is what it was: a page may change while one thinks."""
    found = []
    for number in answer.numbers[:_MOST_RIVALS]:
        entry = outline.entries.get(number)
        element = None if entry is None else await entry.element()
        if entry is None or element is None or not await outliner.is_same(entry, element):
            reason = "the page changed while the language model was asked"
            return Choice(reason, compared=len(outline.entries), asked=True)
        found.append(Found(entry.frame, element))
    return Choice(answer.reason, tuple(found), len(outline.entries), asked=True)
