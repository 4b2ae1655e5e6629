"""Under which key the element that a step touches is remembered."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence


def key_steps(steps: Sequence[Mapping[str, object]]) -> list[str]:
    """A stable key per step, under which the element it touches is remembered.

    The key follows from what the step points at and from how often an earlier step pointed at the
    same, so that inserting an unrelated step leaves all other keys, and their elements, in place.
    """
    seen: Counter[str] = Counter()
    keys: list[str] = []
    for step in steps:
        pointed = json.dumps(
            [step.get("selector"), step.get("target"), step.get("instruction")],
            ensure_ascii=False,
        )
        seen[pointed] += 1
        digest = hashlib.sha256(f"{pointed}#{seen[pointed]}".encode())
        keys.append(digest.hexdigest()[:32])
    return keys
