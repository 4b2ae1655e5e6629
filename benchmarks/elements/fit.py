"""`python -m benchmarks.elements.fit`: fits healing weights on the training sites, and on no other.

What comes out is written to `var/bench/elements-weights.json` with its origin; the report sites are
only asked, with the old weights and with the new ones, whether it does any good there.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError
from rich.progress import track

from benchmarks.elements import likeness, ours
from benchmarks.elements.ablation import Seen, Variant, decide, read_candidates
from benchmarks.elements.building import make_pairs
from benchmarks.elements.pairs import Pair, read_pairs
from benchmarks.elements.ranking import Question, Scale, fit, loss, share_within
from benchmarks.elements.rendering import CannotOpen, Shelf, launch, opened, show
from benchmarks.elements.sites import REPORT, TRAINING
from benchmarks.elements.subjects import Scripts, Unusable
from benchmarks.report import OUTPUT, write_json
from domain.elements import rules
from domain.elements.stored import StoredElement
from workers.browser.locate import Library

FILE = "elements-weights"
CANDIDATES = 24
"""Rivals per element that are learned from; the page script ranks the hardest first."""
ROUNDS = 60
PAGE_SECONDS = 180
EVERY = {TRAINING: 1, REPORT: 4}
"""Of so many page pairs one is read: the report sites are only asked whether it does any good."""
STRUCTURAL_SCALE = Scale(is_mean=True, sharpness=12.0)
PRESELECTION_SCALE = Scale(is_mean=False, sharpness=1.0)
DIGITS = 3


@dataclass
class Sample:
    """What was read of one split's surviving elements.

    Attributes:
        lost: elements whose true self is not among the candidates, which no weights can help.
        seen: the stored elements with what verifying and healing saw.
    """

    pairs: int = 0
    lost: int = 0
    structural: list[Question] = field(default_factory=list)
    preselection: list[Question] = field(default_factory=list)
    seen: list[tuple[StoredElement, tuple[list[Seen], list[Seen]]]] = field(default_factory=list)
    sites: Counter[str] = field(default_factory=Counter)

    def add(self, stored: StoredElement, seen: tuple[list[Seen], list[Seen]], site: str) -> None:
        """Take one element in."""
        self.pairs += 1
        self.sites[site] += 1
        known = sorted(seen[1], key=lambda one: not one.is_true)[:CANDIDATES]
        if not known or not known[0].is_true:
            self.lost += 1
            return
        before = stored.fingerprint
        live = [one.fingerprint for one in known]
        self.structural.append(
            Question(tuple(likeness.structural_features(before, one) for one in live))
        )
        self.preselection.append(
            Question(tuple(likeness.preselection_features(before, one) for one in live))
        )
        self.seen.append((stored, (seen[0], seen[1][: ours.POLICY.candidates])))


def main() -> None:
    """Fit, compare and write."""
    directory = make_pairs()
    pairs = [
        pair
        for split, step in EVERY.items()
        for pair in [one for one in read_pairs(directory) if one.split == split][::step]
    ]
    samples = asyncio.run(read_all(Shelf(directory), pairs))
    training = samples[TRAINING]
    start = likeness.structural_start()
    structural = fit(start, training.structural, STRUCTURAL_SCALE, ROUNDS)
    chosen_by = list(likeness.PRESELECTION.values())
    preselection = fit(chosen_by, training.preselection, PRESELECTION_SCALE, ROUNDS)
    result = {
        "origin": {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "sites": dict(training.sites),
            "versions": versions_of(pairs),
            "pairs": training.pairs,
            "lost": training.lost,
            "candidates": CANDIDATES,
            "rounds": ROUNDS,
        },
        "structural": named(likeness.STRUCTURAL, structural),
        "preselection": named(tuple(likeness.PRESELECTION), preselection),
        "before_and_after": {
            split: compare(sample, (start, structural), (chosen_by, preselection))
            for split, sample in samples.items()
        },
    }
    write_json(FILE, result)
    print(f"Written to {OUTPUT / f'{FILE}.json'}.")
    for split, told in result["before_and_after"].items():  # type: ignore[attr-defined]
        for what, numbers in told.items():
            print(f"{split}, {what}: {numbers}")


def versions_of(pairs: Sequence[Pair]) -> list[str]:
    """The versions that were trained on."""
    files = {file for pair in pairs if pair.split == TRAINING for file in (pair.old, pair.new)}
    return sorted({file.partition("/")[0] for file in files})


def named(names: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    """Weights by name."""
    return {name: round(value, DIGITS) for name, value in zip(names, values, strict=True)}


async def read_all(shelf: Shelf, pairs: Sequence[Pair]) -> dict[str, Sample]:
    """What all splits say."""
    samples: dict[str, Sample] = {pair.split: Sample() for pair in pairs}
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        for pair in track(pairs, f"Reading {len(pairs)} page pairs"):
            try:
                async with asyncio.timeout(PAGE_SECONDS):
                    await read_pair(browser, shelf, pair, samples[pair.split])
            except (PlaywrightError, CannotOpen, TimeoutError) as error:
                print(f"left out: {pair.old} ({type(error).__name__})")
        await browser.close()
    return samples


async def read_pair(browser: Browser, shelf: Shelf, pair: Pair, sample: Sample) -> None:
    """Learn on the old page, and read what the new one offers for each element."""
    library = Library()
    async with opened(browser, shelf) as page:
        await show(page, shelf, pair.old)
        scripts = await Scripts.send(page)
        learned: list[tuple[StoredElement, str]] = []
        for element in pair.elements:
            if element.new_xpath is None:
                continue
            stored = await learn(scripts, element.old_xpath, library)
            if stored is not None and stored.fingerprint.state.clickable:
                learned.append((stored, element.new_xpath))
        await show(page, shelf, pair.new, pair.old)
        for stored, xpath in learned:
            await read_element(page, stored, xpath, library, sample, pair.site)


async def learn(scripts: Scripts, xpath: str, library: Library) -> StoredElement | None:
    """What the cache keeps about an element; None when it is not there, or cannot be learned."""
    try:
        element = await scripts.find(xpath, "old_xpath")
    except Unusable:
        return None
    path = await scripts.finding.evaluate("(it, element) => it.absolute(element)", element)
    return await ours.learn(scripts.page, path, library)


async def read_element(
    page: Page, stored: StoredElement, xpath: str, library: Library, sample: Sample, site: str
) -> None:
    """Read the candidates for one element."""
    scripts = await Scripts.send(page)
    try:
        truth = await scripts.find(xpath, "new_xpath")
    except Unusable:
        return
    seen = await read_candidates(page, stored, truth, library, candidates=CANDIDATES)
    sample.add(stored, seen, site)


def compare(
    sample: Sample,
    structural: tuple[Sequence[float], Sequence[float]],
    preselection: tuple[Sequence[float], Sequence[float]],
) -> dict[str, object]:
    """The objective, the ranks and the decisions with the old weights and with the new ones."""
    return {
        "structural": [
            ranks(weights, sample.structural, STRUCTURAL_SCALE) for weights in structural
        ],
        "preselection": [
            ranks(weights, sample.preselection, PRESELECTION_SCALE) for weights in preselection
        ],
        "decisions": [decisions(weights, sample) for weights in structural],
    }


def ranks(
    weights: Sequence[float], questions: Sequence[Question], scale: Scale
) -> Mapping[str, float]:
    """How well weights put the truth first."""
    return {
        "loss": round(loss(weights, questions, scale), 4),
        "first": round(share_within(weights, questions, scale, 1), 4),
        "within_6": round(share_within(weights, questions, scale, ours.POLICY.candidates), 4),
    }


def decisions(weights: Sequence[float], sample: Sample) -> Mapping[str, int]:
    """What the rules would decide, and what they would take if the truth were not there."""
    policy = replace(ours.POLICY, structural=likeness.structural_weights(weights))
    told: Counter[str] = Counter()
    for stored, seen in sample.seen:
        told[judge(stored, seen, Variant(policy))] += 1
        gone = tuple([one for one in stage if not one.is_true] for stage in seen)
        told[f"{judge(stored, (gone[0], gone[1]), Variant(policy))} without the truth"] += 1
    return dict(told)


def judge(stored: StoredElement, seen: tuple[list[Seen], list[Seen]], variant: Variant) -> str:
    """One decision with one policy."""
    now = datetime.now(UTC)
    assessed = [
        [rules.assess(stored, one.fingerprint, variant.policy, now) for one in stage]
        for stage in seen
    ]
    return decide(variant, seen, assessed)


if __name__ == "__main__":
    main()
