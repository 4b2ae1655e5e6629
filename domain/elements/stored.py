"""What the cache keeps about one element, and hands to a lookup."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Self

from domain.elements import json_values
from domain.elements.errors import MalformedFingerprint
from domain.elements.fingerprint import Fingerprint


@dataclass(frozen=True, slots=True)
class Selector:
    """One way to find an element again.

    Attributes:
        kind: "css" or "xpath".
        value: the selector, within the innermost shadow root (or the document).
        hosts: CSS selectors of the shadow hosts on the way in, outermost first.
    """

    kind: str
    value: str
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameRef:
    """The child frame an element lives in."""

    url_pattern: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reaction:
    """How the page answered when the element was acted on."""

    navigated_to: str = ""
    value_changed: bool = False
    checked_changed: bool = False
    focus_moved: bool = False
    dialog_opened: bool = False
    changed_nearby: bool = False
    changed_elsewhere: bool = False

    @classmethod
    def from_json(cls, data: json_values.Json) -> Self:
        """Restore what `to_json` gave."""
        flags = {k: json_values.flag(v) for k, v in data.items() if k != "navigated_to"}
        return cls(navigated_to=json_values.text(data.get("navigated_to", "")), **flags)

    @property
    def is_any(self) -> bool:
        """Whether anything happened."""
        return any(self.to_json().values())

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class StoredElement:
    """The newest version of an element with its record of use.

    Attributes:
        said: `keys.digest_target` of what was asked for when it was learned; empty if unknown.
    """

    fingerprint: Fingerprint
    selectors: tuple[Selector, ...] = ()
    frame: FrameRef | None = None
    reaction: Reaction | None = None
    method: str = "heuristic"
    said: str = ""
    version: int = 1
    successes: int = 0
    failures: int = 0
    last_seen_at: datetime | None = None

    @classmethod
    def from_json(cls, data: json_values.Json) -> Self:
        """Restore what `to_json` gave; unknown keys are ignored.

        Raises:
            MalformedFingerprint: a part is missing or of the wrong type.
        """
        try:
            return cls(
                fingerprint=Fingerprint.from_json(json_values.fields(data["fingerprint"])),
                selectors=tuple(_selector(item) for item in json_values.items(data["selectors"])),
                frame=_frame(data.get("frame")),
                reaction=_reaction(data.get("reaction")),
                method=json_values.text(data.get("method", "heuristic")),
                said=json_values.text(data.get("said", "")),
                version=json_values.whole(data.get("version", 1)),
                successes=json_values.whole(data.get("successes", 0)),
                failures=json_values.whole(data.get("failures", 0)),
                last_seen_at=_moment(data.get("last_seen_at")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedFingerprint(str(error)) from error

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values; `from_json` is the inverse."""
        data = asdict(self)
        data["last_seen_at"] = self.last_seen_at.isoformat() if self.last_seen_at else None
        return data


@dataclass(frozen=True, slots=True)
class LearnedElement:
    """A version to store once the step that used the element has passed.

    Attributes:
        reason: "learned" (first time), "updated" (recognised, looks a little different),
            "healed" (found again although its selectors or looks had changed) or "suggested"
            (the same, but a person has to agree first).
        changes: what differs from the version before: part -> (before, after).
        url_pattern: the page it was found on; for an element in a frame not the frame's own.
        said: `keys.digest_target` of what was asked for.
        picture: a PNG of the element as base64, where one may be kept.
    """

    reason: str
    method: str
    fingerprint: Fingerprint
    selectors: tuple[Selector, ...]
    frame: FrameRef | None = None
    reaction: Reaction | None = None
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    url_pattern: str = ""
    said: str = ""
    picture: str = ""

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values, with the two hashes of the fingerprint."""
        data = asdict(self)
        data["exact_hash"] = self.fingerprint.exact_hash
        data["stable_hash"] = self.fingerprint.stable_hash
        return data


def describe_changes(before: Fingerprint, after: Fingerprint) -> dict[str, tuple[str, str]]:
    """Return what a person would want to read in a version's diff."""
    pairs = {
        "tag": (before.tag, after.tag),
        "role": (before.role, after.role),
        "name": (before.name, after.name),
        "text": (before.text, after.text),
        "classes": (" ".join(before.classes), " ".join(after.classes)),
        "section": ("".join(before.sections[:1]), "".join(after.sections[:1])),
    }
    for name in sorted(before.attributes.keys() | after.attributes.keys()):
        if name != "class":
            pairs[f"@{name}"] = (before.attributes.get(name, ""), after.attributes.get(name, ""))
    return {part: pair for part, pair in pairs.items() if pair[0] != pair[1]}


def _selector(value: object) -> Selector:
    data = json_values.fields(value)
    kind = json_values.text(data["kind"])
    if kind not in {"css", "xpath"}:
        raise ValueError(f"unknown kind of selector: {kind}")
    return Selector(kind, json_values.text(data["value"]), json_values.texts(data.get("hosts")))


def _frame(value: object) -> FrameRef | None:
    if value is None:
        return None
    data = json_values.fields(value)
    name = json_values.text(data.get("name", ""))
    return FrameRef(json_values.text(data["url_pattern"]), name)


def _reaction(value: object) -> Reaction | None:
    return None if value is None else Reaction.from_json(json_values.fields(value))


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value
    moment = datetime.fromisoformat(json_values.text(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
