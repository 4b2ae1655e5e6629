"""What the product would decide with a layer, the evidence of identity or the margin left out.

The candidates are read from the page once, as the product reads them; every variant then decides on
the same ones, so that no page is rendered again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from playwright.async_api import ElementHandle, Page

from benchmarks.elements.ours import POLICY
from benchmarks.elements.tally import ABSTAINED, FOUND, WRONG
from domain.elements import rules
from domain.elements.fingerprint import Fingerprint
from domain.elements.identity import Verdict
from domain.elements.policy import LayerWeights, Policy
from domain.elements.rules import Assessment, Band
from domain.elements.stored import StoredElement
from workers.browser.locate import Library, looking

RIVALS = 3
USABLE = frozenset({Band.USE, Band.VERIFY})
ALL = "everything"
NO_MARGIN = replace(POLICY, margin=0.0)
LAYERS = ("structural", "visual", "behavioural", "context")


@dataclass(frozen=True)
class Seen:
    """A candidate: whether a stored selector found it, and whether it is the true element."""

    fingerprint: Fingerprint
    by_selector: bool
    is_true: bool


@dataclass(frozen=True)
class Variant:
    """A policy, and what is done to each assessment before the rules see it."""

    policy: Policy = POLICY
    change: Callable[[Assessment], Assessment] = lambda assessment: assessment


def without(layer: str) -> Variant:
    """One layer counts nothing."""
    weights = replace(LayerWeights(), **{layer: 0.0})
    policy = replace(POLICY, layers=weights)

    def change(assessment: Assessment) -> Assessment:
        likeness = round(rules.combine(assessment.layers, policy), 2)
        return replace(assessment, likeness=likeness, total=likeness)

    return Variant(policy, change)


def trusting(assessment: Assessment) -> Assessment:
    """Whatever is alike is taken for the same."""
    identity = replace(assessment.identity, verdict=Verdict.SAME, unchanged=False)
    return replace(assessment, identity=identity)


VARIANTS: Mapping[str, Variant] = {
    ALL: Variant(),
    **{f"without the {layer} layer": without(layer) for layer in LAYERS},
    "without the evidence of identity": Variant(change=trusting),
    "without the margin": Variant(NO_MARGIN),
    "the score alone": Variant(NO_MARGIN, trusting),
}


async def read_candidates(
    page: Page,
    stored: StoredElement,
    truth: ElementHandle | None,
    library: Library,
    candidates: int = POLICY.candidates,
) -> tuple[list[Seen], list[Seen]]:
    """What verifying the stored selectors sees in the page, and what healing sees."""
    selectors = [
        {"kind": s.kind, "value": s.value, "hosts": list(s.hosts)} for s in stored.selectors
    ]
    verified: dict[str, object] = {"selectors": selectors, "limits": {"rivals": RIVALS}}
    limits = {"candidates": candidates, "largest_page": POLICY.largest_page}
    seen = []
    for entry, more in (("verify", verified), ("heal", {"limits": limits})):
        request = {"stored": stored.fingerprint, "readings": [], **more}
        look = await looking.look(library, page.main_frame, entry, request)
        at = -1
        if truth is not None and look.finding is not None:
            position = "(library, [number, truth]) => library.kept.get(number).indexOf(truth)"
            at = await look.finding.library.evaluate(position, [look.finding.number, truth])
        seen.append(
            [
                Seen(one.fingerprint, one.found_by is not None, one.index == at)
                for one in look.sightings
            ]
        )
        looking.release([look])
    return seen[0], seen[1]


def decide_all(stored: StoredElement, seen: tuple[list[Seen], list[Seen]]) -> dict[str, str]:
    """The verdict of every variant."""
    now = datetime.now(UTC)
    assessed = [
        [rules.assess(stored, one.fingerprint, POLICY, now) for one in stage] for stage in seen
    ]
    return {name: decide(variant, seen, assessed) for name, variant in VARIANTS.items()}


def decide(
    variant: Variant,
    seen: tuple[list[Seen], list[Seen]],
    assessed: Sequence[Sequence[Assessment]],
) -> str:
    """The stored selectors come first; what they find is used, or everything is compared."""
    for is_first, stage, assessments in zip((True, False), seen, assessed, strict=True):
        ruling = rules.decide([variant.change(one) for one in assessments], variant.policy)
        if ruling.index < 0 or ruling.band not in USABLE:
            continue
        best = stage[ruling.index]
        if not is_first or best.by_selector:
            return FOUND if best.is_true else WRONG
    return ABSTAINED


def explain(stored: StoredElement, seen: tuple[list[Seen], list[Seen]]) -> str:
    """Why an element that is still there was not used, in words that make groups."""
    now = datetime.now(UTC)
    healed = seen[1]
    at = next((index for index, one in enumerate(healed) if one.is_true), -1)
    if at < 0:
        return "it is not among the candidates that are compared"
    assessed = [rules.assess(stored, one.fingerprint, POLICY, now) for one in healed]
    truth, ruling = assessed[at], rules.decide(assessed, POLICY)
    evidence = ", ".join(
        f"{name} {getattr(truth.identity, name)}" for name in ("words", "handles", "place")
    )
    if truth.identity.verdict in {Verdict.DIFFERENT, Verdict.UNDECIDED}:
        return f"{truth.identity.verdict}: {truth.identity.reason} ({evidence})"
    if ruling.index != at:
        return f"another comes first ({evidence})"
    if ruling.band is Band.ABSTAIN:
        return f"another is as likely ({evidence})"
    if ruling.band not in USABLE:
        return f"too little likeness: {truth.total // 10 * 10:.0f} to {truth.total // 10 * 10 + 10:.0f} ({evidence})"
    return "it is recognised, and yet not used: hidden, disabled or covered"
