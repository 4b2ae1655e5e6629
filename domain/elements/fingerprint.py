"""What an element looked like: everything that is compared to recognise it again."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Final, Self

from domain.elements import json_values
from domain.elements.errors import MalformedFingerprint
from domain.elements.masking import holds_mask, mask_text
from domain.elements.pictures import Picture
from domain.elements.similarity import words
from domain.elements.stability import (
    is_generated,
    is_transient_attribute,
    stable_classes,
    url_pattern,
)

_LONGEST_TEXT: Final = 300
# Only these input types carry a value that names the control; any other value is what
# somebody typed.
_NAMING_VALUE_TYPES: Final = frozenset({"button", "submit", "reset", "image", "radio", "checkbox"})
_NAMING_VALUE_TAGS: Final = frozenset({"button", "option", "li", "data"})
_PATH_ATTRIBUTES: Final = frozenset({"href", "src", "action", "formaction"})


@dataclass(frozen=True, slots=True)
class Box:
    """Where an element is drawn, in CSS pixels from the top left of its document."""

    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Ancestor:
    """One step of the parent chain, nearest first."""

    tag: str
    id: str = ""
    classes: tuple[str, ...] = ()
    role: str = ""
    index: int = 0


@dataclass(frozen=True, slots=True)
class Interactivity:
    """What can be done with an element now."""

    visible: bool = True
    enabled: bool = True
    editable: bool = False
    clickable: bool = False
    checked: bool | None = None
    covered_by: str = ""


@dataclass(frozen=True, slots=True)
class PageContext:
    """The page an element was seen on."""

    url_pattern: str = ""
    language: str = ""
    viewport_width: int = 0
    viewport_height: int = 0
    signed_in: bool = False
    load_state: str = ""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One element at one moment, masked: safe to store.

    Attributes:
        text: the element's own text, without that of its children's children.
        name: accessible name, as a screen reader would say it.
        sections: titles of the parts of the page around it, nearest first.
        surroundings: texts of its ancestors, nearest first; ancestors that add no text
            (wrappers) are left out.
        neighbours: text right before and right after it.
        twins: how many other visible elements share its role and name.
        twin_scope: index into `surroundings` of the largest part that holds no twin, or of the
            row of a list; -1 for neither.
        distinguishing: words of that part that none of the twins' parts contain, or the words
            of the row.
        shared: names of attributes whose value another element of the page has as well.
        beside: whether the text right before it stands before none of the twins.
        numbered: whether another element says the same but for numbers; where none does, a number
            is a count beside a name. This and the four before are known of learned elements only.
        peers: a digest of its number among its twins and of what is around each of them; empty
            where something else tells it from them, or masks would hide a difference.
        picture: how it was drawn; nothing where no picture was taken, or none may be.
    """

    tag: str
    role: str = ""
    name: str = ""
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    box: Box = field(default_factory=Box)
    styles: Mapping[str, str] = field(default_factory=dict)
    ancestors: tuple[Ancestor, ...] = ()
    sibling_index: int = 0
    sections: tuple[str, ...] = ()
    surroundings: tuple[str, ...] = ()
    neighbours: tuple[str, str] = ("", "")
    twins: int = 0
    twin_scope: int = -1
    distinguishing: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    beside: bool = False
    numbered: bool = True
    peers: str = ""
    state: Interactivity = field(default_factory=Interactivity)
    page: PageContext = field(default_factory=PageContext)
    picture: Picture | None = None

    @classmethod
    def from_page(
        cls, raw: json_values.Json, page: PageContext, secrets: Iterable[str] = ()
    ) -> Self:
        """Build from what the page script reported, masking every text of it.

        Raises:
            MalformedFingerprint: `raw` does not have the expected shape.
        """
        known = tuple(secrets)
        masked = {key: _masked(value, known, key) for key, value in raw.items()}
        tag = str(masked.get("tag", ""))
        attributes = json_values.text_fields(masked.get("attributes"))
        masked["attributes"] = {
            name: value
            for name, value in attributes.items()
            if name != "value" or _value_names_it(tag, attributes.get("type", ""))
        }
        masked["peers"] = digest_peers(json_values.texts(masked.get("around")))
        masked["page"] = asdict(page)
        return cls.from_json(masked)

    @classmethod
    def from_json(cls, data: json_values.Json) -> Self:
        """Restore what `to_json` gave.

        Raises:
            MalformedFingerprint: a part is missing or of the wrong type.
        """
        try:
            return cls(
                tag=json_values.text(data["tag"]),
                role=json_values.text(data.get("role", "")),
                name=json_values.text(data.get("name", "")),
                text=json_values.text(data.get("text", "")),
                attributes=json_values.text_fields(data.get("attributes")),
                box=Box(**json_values.number_fields(data.get("box"))),
                styles=json_values.text_fields(data.get("styles")),
                ancestors=tuple(
                    _ancestor(item) for item in json_values.items(data.get("ancestors"))
                ),
                sibling_index=json_values.whole(data.get("sibling_index", 0)),
                sections=json_values.texts(data.get("sections")),
                surroundings=json_values.texts(data.get("surroundings")),
                neighbours=json_values.pair(data.get("neighbours")),
                twins=json_values.whole(data.get("twins", 0)),
                twin_scope=json_values.whole(data.get("twin_scope", -1)),
                distinguishing=json_values.texts(data.get("distinguishing")),
                shared=json_values.texts(data.get("shared")),
                beside=json_values.flag(data.get("beside", False)),
                numbered=json_values.flag(data.get("numbered", True)),
                peers=json_values.text(data.get("peers", "")),
                state=_state(json_values.fields(data.get("state"))),
                page=_page(json_values.fields(data.get("page"))),
                picture=_picture(data.get("picture")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedFingerprint(str(error)) from error

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values; `from_json` is the inverse."""
        return asdict(self)

    def words_at(self, scope: int) -> frozenset[str]:
        """Return the words of one of the surroundings; of the text before for a scope of -1."""
        if scope < 0 or not self.surroundings:
            return words(self.neighbours[0])
        return words(self.surroundings[min(scope, len(self.surroundings) - 1)])

    def told_apart(
        self,
        *,
        twin_scope: int,
        distinguishing: Iterable[str],
        shared: Iterable[str],
        beside: bool,
        numbered: bool,
        peers: str,
    ) -> Self:
        """Return the same element with what tells it from others on its page.

        Only the words that masking has left standing: the page script reports words, and half
        of a mail address is one.
        """
        shown = self.words_at(twin_scope)
        return replace(
            self,
            twin_scope=twin_scope,
            distinguishing=tuple(word for word in distinguishing if word in shown),
            shared=tuple(shared),
            beside=beside,
            numbered=numbered,
            peers=peers,
        )

    def of_any_record(self) -> Self:
        """Return the same element without what its link says about one record among others."""
        if "href" not in self.attributes:
            return self
        link = url_pattern(self.attributes["href"])
        return replace(self, attributes={**self.attributes, "href": link})

    @property
    def stable_attributes(self) -> dict[str, str]:
        """Attributes an author chose, without classes, ids, styles and per-view values."""
        return {k: v for k, v in self.attributes.items() if not is_transient_attribute(k)}

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names without hashes and states, sorted."""
        return stable_classes(self.attributes.get("class", "").split())

    @property
    def stable_id(self) -> str:
        """The id, or nothing when a framework generated it."""
        identifier = self.attributes.get("id", "")
        return "" if is_generated(identifier) else identifier

    @property
    def exact_hash(self) -> str:
        """Equal for elements that are the same down to every attribute and position."""
        return _digest(
            self.tag,
            self.role,
            self.name,
            self.text,
            dict(self.attributes),
            [asdict(ancestor) for ancestor in self.ancestors],
            self.sibling_index,
            self.sections,
            self.twins,
        )

    @property
    def stable_hash(self) -> str:
        """Equal across rebuilds of the page: no generated ids, hashed or state classes."""
        return _digest(
            self.tag,
            self.role,
            self.name,
            self.text,
            self.stable_id,
            self.classes,
            self.stable_attributes,
            [
                (a.tag, "" if is_generated(a.id) else a.id, stable_classes(a.classes), a.role)
                for a in self.ancestors
            ],
        )


def digest_peers(masked: Sequence[str]) -> str:
    """Return what stands for the texts around an element and its twins, as long as all show."""
    return "" if not masked or any(map(holds_mask, masked)) else _digest(*masked)[:16]


def _digest(*parts: object) -> str:
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _value_names_it(tag: str, input_type: str) -> bool:
    return tag in _NAMING_VALUE_TAGS or (tag == "input" and input_type in _NAMING_VALUE_TYPES)


def _masked(value: object, secrets: tuple[str, ...], key: str = "") -> object:
    if isinstance(value, str):
        limit = _LONGEST_TEXT
        return mask_text(value, secrets)[:limit] if key not in {"tag", "role"} else value
    if isinstance(value, Mapping):
        # An attribute may have any name, and any value.
        named = key != "attributes"
        return {str(k): _masked(v, secrets, str(k) if named else "") for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, secrets) for item in value]
    return value


def _ancestor(value: object) -> Ancestor:
    data = json_values.fields(value)
    return Ancestor(
        tag=json_values.text(data["tag"]),
        id=json_values.text(data.get("id", "")),
        classes=json_values.texts(data.get("classes")),
        role=json_values.text(data.get("role", "")),
        index=json_values.whole(data.get("index", 0)),
    )


def _state(data: json_values.Json) -> Interactivity:
    checked = data.get("checked")
    return Interactivity(
        visible=json_values.flag(data.get("visible", True)),
        enabled=json_values.flag(data.get("enabled", True)),
        editable=json_values.flag(data.get("editable", False)),
        clickable=json_values.flag(data.get("clickable", False)),
        checked=None if checked is None else json_values.flag(checked),
        covered_by=json_values.text(data.get("covered_by", "")),
    )


def _picture(value: object) -> Picture | None:
    return None if value is None else Picture.from_json(json_values.fields(value))


def _page(data: json_values.Json) -> PageContext:
    return PageContext(
        url_pattern=json_values.text(data.get("url_pattern", "")),
        language=json_values.text(data.get("language", "")),
        viewport_width=json_values.whole(data.get("viewport_width", 0)),
        viewport_height=json_values.whole(data.get("viewport_height", 0)),
        signed_in=json_values.flag(data.get("signed_in", False)),
        load_state=json_values.text(data.get("load_state", "")),
    )
