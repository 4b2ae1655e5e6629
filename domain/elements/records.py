"""Turns a decision as the locator reports it into a row of the record, or an event of its run."""

from typing import Final

from domain.elements import json_values
from domain.shared.database import JsonObject

DECIDED: Final = "element.decided"
"""Kind of the event that tells of a decision while its run goes on."""
_LAYERS: Final = ("structural", "visual", "behavioural", "context")
_SPENT: Final = ("requests", "input_tokens", "output_tokens")


def name_decision(decision: json_values.Json) -> str:
    """Return what a decision is called in the record.

    A use whose outcome was not confirmed counts as abstained: it was the wrong element, or
    nobody can say that it was the right one.
    """
    if decision.get("purpose") == "extract":
        return "extracted"
    if decision.get("suggested", False):
        return "suggested"
    if decision.get("decision") == "abstain":
        return "abstained" if decision.get("considered") else "not_found"
    return _name_use(decision) if decision.get("confirmed", True) else "abstained"


def _name_use(decision: json_values.Json) -> str:
    if decision.get("method") == "cache":
        return "hit" if decision.get("decision") == "use" else "hit_verified"
    is_new = decision.get("method") == "selector" or not decision.get("known", False)
    # Where a test does not want to be healed, words lead to an element as if it was new.
    return "learned" if is_new or decision.get("healing", "heal") != "heal" else "healed"


def describe_decision(decision: json_values.Json) -> dict[str, object]:
    """Return the columns of a row that follow from the decision alone.

    Raises:
        TypeError: the decision does not have the shape that the locator gives it.
    """
    scores = json_values.fields(decision.get("layers"))
    layers: dict[str, object] = {name: scores.get(name) for name in _LAYERS}
    layers |= {
        "identity": decision.get("identity"),
        "changes": decision.get("changes") or {},
        "margin": decision.get("margin"),
        "picture": decision.get("picture"),
    }
    asked = decision.get("version")
    return {
        "step_index": json_values.whole(decision["step_index"]),
        "decision": name_decision(decision),
        "method": json_values.text(decision.get("method", "none")),
        "score": _score(decision.get("total")),
        "runner_up": _score(decision.get("runner_up")),
        "layers": layers,
        "candidates": json_values.items(decision.get("considered")),
        "reason": json_values.text(decision.get("reason", "")),
        "milliseconds": json_values.number(decision.get("milliseconds", 0.0)),
        "usage": describe_usage(decision.get("usage")),
        "version": None if asked is None else json_values.whole(asked),
    }


def describe_usage(usage: object) -> JsonObject | None:
    """Return what a language model was asked for: `requests`, `input_tokens`, `output_tokens`.

    With it goes `cost_usd`, null where nobody knows the prices, and what else was said, such as the
    `model` and the `prompt`.

    Raises:
        TypeError: a number is none.
    """
    if usage is None:
        return None
    given = json_values.fields(usage)
    cost = given.get("cost_usd")
    return {
        **given,
        **{name: json_values.whole(given.get(name, 0)) for name in _SPENT},
        "cost_usd": None if cost is None else json_values.number(cost),
    }


def tell_decision(decision: json_values.Json, attempt: int) -> JsonObject:
    """Return the data of a `DECIDED` event: the row to be, and what the element is called.

    Args:
        decision: as it was taken, masked.
        attempt: of the execution that took it.

    Raises:
        TypeError: the decision does not have the shape that the locator gives it.
    """
    found = decision.get("element")
    return {
        **describe_decision(decision),
        "attempt": attempt,
        "element": json_values.text(found) if found else None,
    }


def _score(value: object) -> float | None:
    return None if value is None else json_values.number(value)
