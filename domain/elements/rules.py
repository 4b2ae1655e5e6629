"""Decides what to do with a candidate: use it, use it and verify, prove it, or abstain."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.elements import layers
from domain.elements.fingerprint import Fingerprint
from domain.elements.identity import Finding, Identity, Verdict, compare, destination
from domain.elements.pictures import picture_similarity
from domain.elements.policy import History, Policy
from domain.elements.stored import Reaction, StoredElement

SECONDS_PER_DAY: Final = 86_400.0


class Band(StrEnum):
    """What a score allows, by the decision table."""

    USE = "use"
    VERIFY = "use_and_verify"
    STRONG = "strong_verification"
    AFRESH = "resolve_afresh"
    ABSTAIN = "abstain"


@dataclass(frozen=True, slots=True)
class LayerScores:
    """The four layers, 0 to 100; nothing where a layer was not measured."""

    structural: float | None = None
    visual: float | None = None
    behavioural: float | None = None
    context: float | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One candidate, compared with the stored element.

    Attributes:
        likeness: how alike the two look; orders candidates and measures the margin.
        total: the likeness after history and age; chooses the band.
        destination: where a plain link leads; two that lead to one page are no rivals.
        picture: how alike the pictures are, 0 to 1; nothing where one was not taken.
    """

    layers: LayerScores
    likeness: float
    total: float
    identity: Identity
    destination: str = ""
    picture: float | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What follows from comparing all candidates.

    Attributes:
        index: position of the best candidate among those given, or -1 when there is none.
        runner_up: highest likeness among the other candidates that could be the element.
        is_doubtful: its score lies in the second or third band, where a picture can still decide.
        proven: a likeness of the third band was made up for by other evidence.
    """

    band: Band
    reason: str
    index: int = -1
    runner_up: float | None = None
    margin: float | None = None
    is_doubtful: bool = False
    proven: bool = False

    @property
    def is_usable(self) -> bool:
        """Whether the element may be acted on."""
        return self.band in {Band.USE, Band.VERIFY} or self.proven


def assess(stored: StoredElement, live: Fingerprint, policy: Policy, now: datetime) -> Assessment:
    """Score `live` against the stored element: four layers, history and age."""
    before = stored.fingerprint
    scores = LayerScores(
        structural=layers.score_structural(before, live, policy.structural),
        visual=layers.score_visual(before, live, policy.visual),
        behavioural=layers.score_behavioural(before, live, policy.behavioural),
        context=layers.score_context(before, live, policy.context),
    )
    likeness = combine(scores, policy)
    total = likeness * age_factor(age_in_days(stored, now), policy.history)
    total += history_modifier(stored.successes, stored.failures, policy.history)
    identity = compare(before, live, policy.evidence)
    if identity.by_words and likeness >= policy.thresholds.by_one:
        identity = replace(identity, verdict=Verdict.POSSIBLE)
    total = min(100.0, max(0.0, total))
    return Assessment(
        scores,
        round(likeness, 2),
        round(total, 2),
        identity,
        destination(live),
        picture_similarity(before.picture, live.picture),
    )


def combine(scores: LayerScores, policy: Policy) -> float:
    """Return the weighted mean of the layers that were measured, 0 to 100."""
    weights = policy.layers
    pairs = (
        (weights.structural, scores.structural),
        (weights.visual, scores.visual),
        (weights.behavioural, scores.behavioural),
        (weights.context, scores.context),
    )
    measured = [(weight, score) for weight, score in pairs if score is not None]
    weight_sum = sum(weight for weight, _ in measured)
    if not weight_sum:
        return 0.0
    return sum(weight * score for weight, score in measured) / weight_sum


def age_in_days(stored: StoredElement, now: datetime) -> float:
    """Return how long ago the element was last seen; 0 when that is not known."""
    if stored.last_seen_at is None:
        return 0.0
    return max(0.0, (now - stored.last_seen_at).total_seconds() / SECONDS_PER_DAY)


def age_factor(days: float, history: History) -> float:
    """Return what a score is multiplied with after `days`, between the points of `decay`."""
    earlier_day, earlier = history.decay[0]
    for day, factor in history.decay[1:]:
        if days <= day:
            share = (days - earlier_day) / (day - earlier_day)
            return earlier + share * (factor - earlier)
        earlier_day, earlier = day, factor
    return earlier


def history_modifier(successes: int, failures: int, history: History) -> float:
    """Return the points that past uses add or take."""
    uses = successes + failures
    if uses < history.fewest_uses:
        return 0.0
    rate = successes / uses
    if rate > history.boost_above:
        return history.boost
    return -history.penalty if rate < history.penalty_below else 0.0


def band_of(total: float, policy: Policy) -> Band:
    """Look `total` up in the decision table."""
    thresholds = policy.thresholds
    if total >= thresholds.use:
        return Band.USE
    if total >= thresholds.verify:
        return Band.VERIFY
    return Band.STRONG if total >= thresholds.strong else Band.AFRESH


def decide(candidates: Sequence[Assessment], policy: Policy) -> Ruling:
    """Choose among everything on the page that might be the stored element.

    The score orders the candidates; the evidence of identity decides whether the first may be
    used at all; and if another one that could be the element comes close, neither is used.
    """
    if not candidates:
        return Ruling(Band.AFRESH, "nothing on the page resembles it")
    order = sorted(range(len(candidates)), key=lambda index: -_rank(candidates[index]))
    best_index = order[0]
    best = candidates[best_index]
    runner_up, margin = _runner_up(best, [candidates[index] for index in order[1:]])
    if best.identity.verdict is Verdict.DIFFERENT:
        reason = f"what comes closest is another element: {best.identity.reason}"
        return Ruling(Band.AFRESH, reason, best_index, runner_up, margin)
    if best.identity.verdict is Verdict.UNDECIDED:
        return Ruling(Band.ABSTAIN, best.identity.reason, best_index, runner_up, margin)
    if margin is not None and margin < policy.margin:
        reason = f"another element is as likely ({runner_up:.0f} against {best.likeness:.0f})"
        return Ruling(Band.ABSTAIN, reason, best_index, runner_up, margin)
    band = band_of(best.total, policy)
    weak = best.identity.by_place and best.likeness < policy.thresholds.by_one
    if weak and band in {Band.USE, Band.VERIFY}:
        band = Band.STRONG
    # Those that are alike look alike too: no picture can decide between them.
    doubtful = band in {Band.VERIFY, Band.STRONG} and not weak
    if band is Band.USE and best.identity.verdict is Verdict.POSSIBLE:
        band = Band.VERIFY
    reason = best.identity.reason
    proven = band is Band.STRONG and not weak and _is_proven(best, policy)
    if proven:
        drawn = "" if best.picture is None else f", its picture {best.picture:.0%}"
        reason = f"only {best.total:.0f} % like the learned one{drawn}, but {reason}"
    elif band in {Band.STRONG, Band.AFRESH}:
        reason = (
            f"what comes closest is only {best.total:.0f} % like the learned one, though {reason}"
        )
    return Ruling(band, reason, best_index, runner_up, margin, doubtful, proven)


def _is_proven(best: Assessment, policy: Policy) -> bool:
    """Say whether evidence of identity stands for what the score does not say.

    Words and handles together do, else a picture has to.
    """
    found = best.identity
    if found.verdict is not Verdict.SAME:
        return False
    named = found.words is found.handles is Finding.AGREES
    drawn = best.picture is not None and best.picture >= policy.evidence.picture_agrees
    return drawn or (named and found.place is not Finding.CONTRADICTS)


def _is_rival(best: Assessment, other: Assessment) -> bool:
    """Say whether `other` could be meant instead.

    Not if it certainly is another element, nor if it leads to the same page; nor if nothing speaks
    for this one, while the best one has handles of its own; nor if the best one is unchanged and
    this one is not: it was as alike when the best was learned.
    """
    if other.identity.verdict is Verdict.DIFFERENT:
        return False
    known = best.identity.verdict is Verdict.SAME and best.identity.handles is Finding.AGREES
    if known and other.identity.verdict is Verdict.UNDECIDED:
        return False
    if best.destination and other.destination == best.destination:
        return False
    return other.identity.unchanged or not best.identity.unchanged


def _rank(candidate: Assessment) -> float:
    """Order what is unchanged before what may be the element, and that before what is not."""
    if candidate.identity.verdict is Verdict.DIFFERENT:
        return candidate.likeness - 1000.0
    return candidate.likeness + (1000.0 if candidate.identity.unchanged else 0.0)


def _runner_up(best: Assessment, others: Sequence[Assessment]) -> tuple[float | None, float | None]:
    rivals = [other for other in others if _is_rival(best, other)]
    if not rivals:
        return max((other.likeness for other in others), default=None), None
    highest = max(rival.likeness for rival in rivals)
    return highest, round(best.likeness - highest, 2)


# Marks of a reaction, strongest first, each with the marks that confirm it.
_CONFIRMED_BY: Final = (
    ("value_changed", ("value_changed", "checked_changed")),
    ("checked_changed", ("value_changed", "checked_changed")),
    ("dialog_opened", ("dialog_opened",)),
    ("changed_nearby", ("changed_nearby",)),
    ("changed_elsewhere", ("changed_elsewhere", "changed_nearby")),
    ("focus_moved", ("focus_moved",)),
)


def reacted_as_learned(learned: Reaction | None, seen: Reaction) -> bool:
    """Say whether the page answered as it did when the element was learned.

    Only the strongest mark of the learned reaction has to be there again: focus and stray
    changes differ from run to run, an opened page or dialog does not. Where nothing happened,
    nothing of that kind may happen now. When nothing was learned, any reaction will do.
    """
    marks = seen.to_json()
    if learned is None:
        return seen.is_any
    if not learned.is_any:
        return not seen.navigated_to and not seen.dialog_opened
    if learned.navigated_to:
        return _lead_alike(learned.navigated_to, seen.navigated_to)
    strongest = learned.to_json()
    confirming = next(by for mark, by in _CONFIRMED_BY if strongest[mark])
    return any(marks[mark] for mark in confirming)


def _lead_alike(learned: str, seen: str) -> bool:
    """Say whether two patterns are one page, which may have more parameters or fewer."""
    (path, _, query), (other, _, more) = learned.partition("?"), seen.partition("?")
    names, others = (set(one.split("&")) - {""} for one in (query, more))
    return path == other and (names <= others or others <= names)
