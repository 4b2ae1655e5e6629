"""Every weight and threshold of the element cache, in one place, with where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """How much each layer counts, in per cent; layers not measured are left out of the sum.

    From the reference product's four-layer verification.
    """

    structural: float = 30.0
    visual: float = 25.0
    behavioural: float = 25.0
    context: float = 20.0


@dataclass(frozen=True, slots=True)
class StructuralWeights:
    """Weights inside the structural layer.

    Similo's weights as optimised on the larger set (10,377 element pairs): name 2.85, text
    2.80, type 2.75, alt 1.85, all attributes 1.8, href 0.95, aria-label 0.9, tag 0.8, id 0.5,
    id-XPath 0.45, XPath 0.1, class 0. A test id is written for tests, so it counts like a name.
    Placeholder and value stand where Similo has no entry, at the weight of similar texts.
    """

    name: float = 2.85
    test_id: float = 2.85
    text: float = 2.80
    type: float = 2.75
    alt: float = 1.85
    attributes: float = 1.80
    placeholder: float = 1.20
    value: float = 1.20
    href: float = 0.95
    aria_label: float = 0.90
    tag: float = 0.80
    id: float = 0.50
    ancestors: float = 0.45
    position: float = 0.10


@dataclass(frozen=True, slots=True)
class VisualWeights:
    """Weights inside the visual layer.

    Location survives in 35 % of pairs only, dimensions in 83 %: coordinates nearly nothing,
    appearance and size most. The picture says what all styles together look like.
    """

    picture: float = 1.5
    styles: float = 1.0
    area: float = 0.35
    shape: float = 0.35
    location: float = 0.1


@dataclass(frozen=True, slots=True)
class BehaviouralWeights:
    """Weights inside the behavioural layer: what it is to a person who uses it."""

    name: float = 2.85
    role: float = 1.5
    visible: float = 0.75
    enabled: float = 0.5
    editable: float = 0.5
    clickable: float = 0.5


@dataclass(frozen=True, slots=True)
class ContextWeights:
    """Weights inside the context layer.

    Neighbour text is Similo's 1.45. Distinguishing words weigh most where they exist, because
    for an element with twins they are the only thing that tells it from them.
    """

    distinguishing: float = 4.0
    url: float = 2.0
    neighbours: float = 1.45
    sections: float = 1.0
    signed_in: float = 1.0
    language: float = 0.5
    viewport: float = 0.5


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Lowest total (0 to 100) of each band of the decision table.

    Attributes:
        by_one: lowest likeness at which one kind of evidence may be enough: for one of several
            alike its place, for what said what nothing else said its words, wherever it is now.
    """

    use: float = 90.0
    verify: float = 70.0
    strong: float = 50.0
    by_one: float = 80.0


@dataclass(frozen=True, slots=True)
class History:
    """What past uses add to a total, and what age takes from it.

    Success above 95 % earns a boost, below 70 % a penalty, once there are enough uses to tell.
    Age is counted since the element was last seen: 1.00 when fresh, 0.95 at 30 days, 0.80 from
    60 days on, straight lines in between.
    """

    fewest_uses: int = 5
    boost_above: float = 0.95
    boost: float = 2.0
    penalty_below: float = 0.70
    penalty: float = 10.0
    decay: tuple[tuple[float, float], ...] = ((0.0, 1.0), (30.0, 0.95), (60.0, 0.80))


@dataclass(frozen=True, slots=True)
class Evidence:
    """When similarities count as agreement or as contradiction (see `identity`)."""

    place_agrees: float = 0.5
    place_contradicts: float = 0.2
    words_found: float = 0.75
    words_missing: float = 0.25
    words_kept: float = 0.3
    picture_agrees: float = 0.85


@dataclass(frozen=True, slots=True)
class Instructed:
    """How well an element must answer an instruction, 0 to 100.

    The page script gives 100 for the very name, 90 for another case, 60 to 80 for a text that
    begins with the name and 50 to 70 for one that contains it (more, the more of the text the
    name makes up), less a few points for texts that are not the element's name.

    Attributes:
        exact: from here a match counts as certain.
        accept: below this nothing is filled or chosen, only named in the error.
        accept_pressed: the same for what is pressed, where a wrong guess does more harm:
            “Save” must not press “Save and add another”.
        gap: two elements closer than this are a tie.
    """

    exact: float = 85.0
    accept: float = 60.0
    accept_pressed: float = 70.0
    gap: float = 6.0


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it.

    Attributes:
        margin: points by which the best candidate must lead the next that could be it.
        candidates: how many of the page's elements are compared in full when healing.
        largest_page: elements beyond which a page is not searched, because "no other one
            is like it" could not be said.
        quiet_milliseconds: how long a page must not change before anything but a certain
            recognition is acted on.
        settle_milliseconds: how long to wait for that quiet on a page that never rests.
    """

    layers: LayerWeights = field(default_factory=LayerWeights)
    structural: StructuralWeights = field(default_factory=StructuralWeights)
    visual: VisualWeights = field(default_factory=VisualWeights)
    behavioural: BehaviouralWeights = field(default_factory=BehaviouralWeights)
    context: ContextWeights = field(default_factory=ContextWeights)
    thresholds: Thresholds = field(default_factory=Thresholds)
    history: History = field(default_factory=History)
    evidence: Evidence = field(default_factory=Evidence)
    instructed: Instructed = field(default_factory=Instructed)
    margin: float = 5.0
    candidates: int = 6
    largest_page: int = 30_000
    quiet_milliseconds: int = 120
    settle_milliseconds: int = 1_500

    @classmethod
    def weighing(cls, layers: Mapping[str, float]) -> Self:
        """The product's policy with other weights for some of the layers.

        Raises:
            TypeError: there is no such layer.
        """
        return cls(layers=replace(LayerWeights(), **layers))
