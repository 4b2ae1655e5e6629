"""Steps that take something from the page: a value, or which elements some words fit."""

from typing import Final, cast

from playwright.async_api import ElementHandle

from domain.elements.instructions import Verb
from domain.templates.value_schema import Schema, scalar_type
from workers.browser.llm.errors import ModelError
from workers.browser.llm.extracting import NotExtractedError, Question, extract_value
from workers.browser.llm.model import Model
from workers.browser.llm.observing import list_candidates
from workers.browser.llm.outline import Outliner
from workers.browser.llm.prompts import read_prompt
from workers.browser.locate import Resolution, looking
from workers.browser.locating import Wanted
from workers.browser.masking import SecretMask
from workers.browser.scope import Scope, StepFailedError
from workers.browser.typed import UnreadableError, read_scalar
from workers.browser.wording import read_target

Candidates = list[dict[str, str]]

_HOW: Final = "set METAMORPH_LLM_URL, METAMORPH_LLM_KEY and METAMORPH_LLM_MODEL for the workers"
_GLANCE_SHARE: Final = 1 / 3
_GLANCE_SECONDS: Final = 1.5
_TICKED: Final = """element => {
  if (['checkbox', 'radio'].includes(element.type)) return element.checked;
  const said = element.getAttribute('aria-checked') ?? element.getAttribute('aria-pressed');
  return said === null ? null : said === 'true';
}"""


async def extract(scope: Scope) -> None:
    """Keep a text as it is, or a value of the type that the step's schema says."""
    if "schema" not in scope.step:
        kept: object = await _read_text(scope, await scope.find())
    elif _needs_model(scope):
        kept = await _extract_by_model(scope)
    else:
        kept = await _read_single(scope)
    scope.outputs[scope.text("name")] = kept


async def _read_text(scope: Scope, element: ElementHandle) -> str | None:
    what = scope.step.get("what", "text")
    if what == "attribute":
        return await element.get_attribute(scope.text("attribute"))
    return await (element.input_value() if what == "value" else element.inner_text())


def _schema_of(scope: Scope) -> Schema:
    return cast("Schema", scope.step["schema"])


def _points(scope: Scope) -> bool:
    return "selector" in scope.step or "target" in scope.step


def _needs_model(scope: Scope) -> bool:
    """Whether the text of an element is not enough: several values, or words about which."""
    if not _points(scope) or scalar_type(_schema_of(scope)) is None:
        return True
    return "instruction" in scope.step and scope.locating.model is not None


async def _read_single(scope: Scope) -> object:
    """Read one value from one element, without asking anybody."""
    element, schema = await scope.find(), _schema_of(scope)
    if scalar_type(schema) == "boolean" and "what" not in scope.step:
        ticked = await element.evaluate(_TICKED)
        if isinstance(ticked, bool):
            return ticked
    text = await _read_text(scope, element) or ""
    is_secret = SecretMask(scope.job.secrets).text(text) != text
    try:
        value = read_scalar(text, schema)
    except UnreadableError as error:
        # What is wrong quotes a part of the text, which may end within a secret.
        why = "it holds a secret, and does not fit the schema" if is_secret else str(error)
        raise StepFailedError(f"what {scope.pointed} says cannot be used: {why}") from error
    if is_secret and not isinstance(value, str):
        # Of a text the secret is taken out before anything keeps it; of a number nothing is left.
        raise StepFailedError(f"what {scope.pointed} says is secret, and no number is made of it")
    return value


async def _extract_by_model(scope: Scope) -> object:
    model = scope.locating.model
    if model is None:
        what = "a value of this schema" if _points(scope) else "a value from the page"
        raise StepFailedError(f"reading {what} needs a language model: {_HOW}")
    outliner = Outliner(scope.page, scope.locating.library, model.hiding)
    if _points(scope):
        outline = await outliner.read_element(await scope.find())
    else:
        await looking.settle(scope.page, scope.locating.policy)
        outline = await outliner.read_page()
    usage = model.open_account(read_prompt("extract"))
    words = str(scope.step.get("instruction", scope.step["name"]))
    question = Question(words, _schema_of(scope))
    reason = "the value was read by a language model"
    try:
        return await extract_value(model, question, outline, scope.left_s, usage)
    except (ModelError, NotExtractedError) as error:
        reason = str(error)
        raise StepFailedError(reason) from error
    finally:
        outline.release()
        _charge(scope, usage.to_json(), usage.milliseconds, reason)


def _charge(
    scope: Scope, usage: dict[str, object] | None, milliseconds: float, reason: str
) -> None:
    """Put on record what reading took; no element was decided on."""
    decision = {
        "decision": "use",
        "method": "llm",
        "reason": reason,
        "purpose": "extract",
        "milliseconds": milliseconds,
    }
    scope.locating.charge(Wanted(scope.index, scope.key, None), usage, decision)


async def observe(scope: Scope) -> None:
    """Keep which elements fit the words, each with the reason."""
    model = scope.locating.model
    words = scope.text("instruction")
    instruction = read_target(words, Verb.HOVER)
    wanted = Wanted(scope.index, scope.key, None, instruction=instruction)
    patience = scope.left_s
    if model is not None:  # some time has to be left for it
        patience = min(_GLANCE_SECONDS, patience * _GLANCE_SHARE)
    fitting = _list_seen(await scope.locating.look(scope.page, wanted, patience))
    trouble = ""
    if not fitting and model is not None:
        fitting, trouble = await _ask_model(scope, wanted, model)
    if "name" in scope.step:
        scope.outputs[scope.text("name")] = fitting
    if not fitting:
        raise StepFailedError(f"nothing on the page fits {scope.pointed}{trouble}")


def _list_seen(seen: Resolution) -> Candidates:
    if seen.element is not None:
        decision = seen.decision
        return [{"element": str(decision["element"]), "reason": str(decision["reason"])}]
    return [{"element": one.description, "reason": one.reason} for one in seen.candidates]


async def _ask_model(scope: Scope, wanted: Wanted, model: Model) -> tuple[Candidates, str]:
    usage = model.open_account(read_prompt("observe"))
    try:
        found = await list_candidates(
            model,
            scope.text("instruction"),
            scope.page,
            scope.locating.library,
            seconds=scope.left_s,
            usage=usage,
        )
    except ModelError as error:
        return [], f"; {error}"
    finally:
        scope.locating.charge(wanted, usage.to_json(), {})
    return found, "" if found else "; the language model finds nothing either"
