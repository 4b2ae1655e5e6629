"""What a run reports about elements: decisions, and versions that it has learned."""

from domain.elements.stored import LearnedElement
from tests.domain.elements.elements import element, stored

STEP = {"step_index": 3, "step_key": "save-step"}


def learned(reason: str = "learned", **changes: object) -> dict[str, object]:
    """The save button with changes, as the step found it."""
    version = LearnedElement(
        reason, "heuristic", element(**changes), stored().selectors, url_pattern="/users/*"
    )
    return {**version.to_json(), **STEP}


def decided(method: str, decision: str, **more: object) -> dict[str, object]:
    """A decision of the step."""
    return {
        "method": method,
        "decision": decision,
        "url_pattern": "/users/*",
        "known": method == "cache",
        "reason": "because",
        "milliseconds": 8.5,
        "total": 97.5,
        "runner_up": 40.0,
        "layers": {"structural": 100.0, "visual": None, "behavioural": 95.0, "context": 97.0},
        "considered": [],
        **STEP,
        **more,
    }


LEARNED = decided("heuristic", "use", total=100.0)
HIT = decided("cache", "use")
MISSED = decided("cache", "abstain", considered=[{"element": "a", "reason": "b", "score": 80.0}])
