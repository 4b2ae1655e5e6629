"""Turns a decision as the locator reports it into a row of the record."""

from typing import Final

from domain.elements import json_values

_LAYERS: Final = ("structural", "visual", "behavioural", "context")


def name_decision(decision: json_values.Json) -> str:
    """Return what a decision is called in the record.

    A use whose outcome was not confirmed counts as abstained: it was the wrong element, or
    nobody can say that it was the right one.
    """
    band = decision.get("decision")
    if band == "abstain":
        return "abstained" if decision.get("considered") else "not_found"
    if not decision.get("confirmed", True):
        return "abstained"
    if decision.get("method") == "cache":
        return "hit" if band == "use" else "hit_verified"
    if decision.get("method") == "selector" or not decision.get("known", False):
        return "learned"
    return "healed"


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
    }
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
    }


def _score(value: object) -> float | None:
    return None if value is None else json_values.number(value)
