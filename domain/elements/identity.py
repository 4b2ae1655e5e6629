"""Is this the same element? Evidence for and against, apart from how alike two things look.

A near twin of a deleted element looks almost exactly like it: in published measurements a
similarity of 0.9 alone accepted something in 3.6 % of the cases in which the true element
was gone. So the score is not asked. Three kinds of evidence are, each of which may agree,
contradict, or know nothing:

- words: the accessible name, else the text;
- handles: what an author gave it to be found by (test id, id, name, link target, picture);
- place: the part of the page it stands in.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.elements.fingerprint import Fingerprint
from domain.elements.masking import holds_mask
from domain.elements.opposites import are_opposite
from domain.elements.policy import Evidence
from domain.elements.similarity import (
    address,
    plain,
    same_but_for_digits,
    set_similarity,
    text_similarity,
    words,
)


class Finding(StrEnum):
    """What one kind of evidence says."""

    AGREES = "agrees"
    UNKNOWN = "unknown"
    CONTRADICTS = "contradicts"


class Verdict(StrEnum):
    """Whether it is the same element.

    SAME and POSSIBLE may be used (POSSIBLE only with the outcome verified); DIFFERENT is
    another element; UNDECIDED is one of several that nothing tells apart.
    """

    SAME = "same"
    POSSIBLE = "possible"
    UNDECIDED = "undecided"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Identity:
    """The evidence and what follows from it.

    Attributes:
        unchanged: nothing at all about the element, its surroundings and its twins is different.
        by_place: of several alike, only where it stands says that it is this one.
        by_words: only its words say that it is this one, of a link also where it leads, which
            nothing else had when it was learned. By itself that is UNDECIDED: pages repeat their
            links in a menu or a trail.
    """

    verdict: Verdict
    words: Finding
    handles: Finding
    place: Finding
    reason: str
    unchanged: bool = False
    by_place: bool = False
    by_words: bool = False


TEST_ID_ATTRIBUTES: Final = ("data-testid", "data-test", "data-test-id", "data-qa", "data-cy")
# The page script puts what a library's script binds an element to here.
DEED_ATTRIBUTE: Final = "@deed"
# The page script puts a digest of an element's own picture (svg, img) here.
GRAPHIC_ATTRIBUTE: Final = "@graphic"
ICON_PREFIX: Final = "icon:"
_CHECKABLE_TYPES: Final = frozenset({"radio", "checkbox"})
_KINDS: Final = {
    **dict.fromkeys(("link", "button", "tab", "menuitem", "treeitem"), "pressed"),
    **dict.fromkeys(("textbox", "searchbox", "spinbutton", "slider", "file"), "typed into"),
    **dict.fromkeys(("checkbox", "switch", "menuitemcheckbox"), "ticked"),
    **dict.fromkeys(("radio", "menuitemradio"), "chosen"),
    **dict.fromkeys(("combobox", "listbox"), "chosen from"),
}

_ANY: Final = frozenset(Finding)
_YES: Final = frozenset({Finding.AGREES})
_NO: Final = frozenset({Finding.CONTRADICTS})
_NOT_NO: Final = frozenset({Finding.AGREES, Finding.UNKNOWN})
_UNSURE: Final = frozenset({Finding.UNKNOWN})
_Row = tuple[frozenset[Finding], frozenset[Finding], frozenset[Finding], Verdict, str]

# (words, handles, place) -> verdict; the first row that fits.
_ALONE: Final[tuple[_Row, ...]] = (
    (_YES, _YES, _ANY, Verdict.SAME, "its words and handles are the same"),
    (_YES, _UNSURE, _NOT_NO, Verdict.SAME, "its words are the same, and nothing else has them"),
    (_YES, _UNSURE, _NO, Verdict.UNDECIDED, "its words are the same, its surroundings are not"),
    (_YES, _NO, _NOT_NO, Verdict.POSSIBLE, "its words are the same, its handles are not"),
    (_YES, _NO, _NO, Verdict.DIFFERENT, "only its words are the same"),
    (_UNSURE, _YES, _NOT_NO, Verdict.SAME, "its handles are the same"),
    (_UNSURE, _YES, _NO, Verdict.POSSIBLE, "its handles are the same, its surroundings are not"),
    (_UNSURE, _UNSURE, _YES, Verdict.UNDECIDED, "only its surroundings are the same"),
    (_UNSURE, _ANY, _ANY, Verdict.DIFFERENT, "nothing identifies it"),
)
_AMONG_TWINS: Final[tuple[_Row, ...]] = (
    (_NOT_NO, _NOT_NO, _YES, Verdict.SAME, "it stands where the learned one stood"),
    (_YES, _NO, _YES, Verdict.POSSIBLE, "it stands in the same place with other handles"),
    (_NOT_NO, _YES, _UNSURE, Verdict.SAME, "its handles are the same"),
    (_YES, _YES, _NO, Verdict.POSSIBLE, "its handles are the same, its place is not"),
    (_NOT_NO, _UNSURE, _UNSURE, Verdict.UNDECIDED, "nothing tells it from others like it"),
    (_NOT_NO, _ANY, _ANY, Verdict.DIFFERENT, "it is another one of several alike"),
)


def compare(stored: Fingerprint, live: Fingerprint, evidence: Evidence) -> Identity:
    """Judge whether `live` is the element that `stored` describes.

    A page in another language says nothing about words or place: then only handles count.
    """
    translated = is_translated(stored, live)
    said = _words(stored, live)
    handles, agreeing, indexed = _handles(stored, live, said)
    place = _place(stored, live, evidence)
    if translated:
        said, place = Finding.UNKNOWN, Finding.UNKNOWN
    if _KINDS.get(stored.role, stored.role) != _KINDS.get(live.role, live.role):
        return Identity(Verdict.DIFFERENT, said, handles, place, "it is used in another way")
    if stored.twins == live.twins and _alike_in_everything(stored, live):
        reason = "nothing about it has changed"
        return Identity(Verdict.SAME, said, handles, place, reason, unchanged=True)
    if said is Finding.CONTRADICTS:
        known = agreeing >= 2 or (_is_field(stored) and place is Finding.AGREES)
        kept = known and not indexed and handles is Finding.AGREES
        if kept and place is not Finding.CONTRADICTS and _may_be_reworded(stored, live, evidence):
            return Identity(Verdict.POSSIBLE, said, handles, place, "only its words have changed")
        return Identity(Verdict.DIFFERENT, said, handles, place, "it says something else")
    among_twins = bool(stored.twins or live.twins or stored.distinguishing)
    table = _AMONG_TWINS if among_twins else _ALONE
    verdict, reason = _look_up(table, said, handles, place)
    rehandled = among_twins and handles is Finding.CONTRADICTS
    if verdict is Verdict.POSSIBLE and rehandled and not _is_same_part(stored, live):
        verdict, reason = Verdict.DIFFERENT, "with other handles, it may stand elsewhere"
    elsewhere = not among_twins and place is Finding.CONTRADICTS
    if verdict is Verdict.SAME and elsewhere and destination(stored):
        verdict, reason = Verdict.UNDECIDED, "the same link stands in other surroundings"
    nameless = said is Finding.UNKNOWN and handles is Finding.UNKNOWN
    if verdict is Verdict.SAME and nameless and stored.twin_scope < 0 and not stored.beside:
        verdict, reason = Verdict.UNDECIDED, "others like it stand right beside it"
    misplaced = among_twins and place is Finding.CONTRADICTS
    if verdict is Verdict.POSSIBLE and misplaced and indexed:
        verdict, reason = Verdict.UNDECIDED, "its handle may be a position in a list"
    moved = stored.page.url_pattern != live.page.url_pattern and handles is not Finding.AGREES
    if verdict is Verdict.POSSIBLE and moved:
        verdict, reason = Verdict.DIFFERENT, "it says the same on another page"
    if translated and verdict is Verdict.SAME:
        verdict, reason = Verdict.POSSIBLE, "its handles are the same on a translated page"
    by_place = among_twins and handles is not Finding.AGREES
    alone = not stored.twins and not stored.distinguishing
    by_words = alone and verdict is Verdict.UNDECIDED and said is Finding.AGREES
    return Identity(verdict, said, handles, place, reason, by_place=by_place, by_words=by_words)


def is_translated(stored: Fingerprint, live: Fingerprint) -> bool:
    """Say whether the two pages declare different languages (“de” and “de-AT” are one)."""
    before, now = (one.page.language.partition("-")[0] for one in (stored, live))
    return bool(before and now) and before != now


def _is_same_part(stored: Fingerprint, live: Fingerprint) -> bool:
    """Say whether the same title stands over both, and more tells where than the text before them.

    The next of several buttons has the text before it that a deleted one had.
    """
    told = stored.twin_scope >= 0 or _is_field(stored)
    return told and stored.sections[:1] == live.sections[:1]


def _is_field(element: Fingerprint) -> bool:
    return _KINDS.get(element.role) in {"typed into", "chosen from"}


def _look_up(
    table: tuple[_Row, ...], said: Finding, handles: Finding, place: Finding
) -> tuple[Verdict, str]:
    for for_words, for_handles, for_place, verdict, reason in table:
        if said in for_words and handles in for_handles and place in for_place:
            return verdict, reason
    raise AssertionError("the table has a row for everything")


def _alike_in_everything(stored: Fingerprint, live: Fingerprint) -> bool:
    """Say whether not even a masked text could hide a difference.

    A mask that a twin has around it as well, hides none.
    """
    if stored.exact_hash != live.exact_hash or stored.surroundings != live.surroundings:
        return False
    if stored.neighbours != live.neighbours or stored.peers != live.peers:
        return False
    if not stored.twins:
        return True
    own = stored.surroundings[: stored.twin_scope + 1]
    shown = (*own, *stored.neighbours, stored.name, stored.text)
    hidden = any(map(holds_mask, (*shown, *stored.attributes.values())))
    return not hidden or bool(stored.distinguishing)


def _words(stored: Fingerprint, live: Fingerprint) -> Finding:
    ours, theirs = plain(stored.name or stored.text), plain(live.name or live.text)
    if ours == theirs:
        return Finding.UNKNOWN if not ours or holds_mask(ours) else Finding.AGREES
    if not ours or not theirs:
        return Finding.UNKNOWN
    if same_but_for_digits(ours, theirs):
        return Finding.UNKNOWN if stored.numbered else Finding.AGREES
    return Finding.CONTRADICTS


def _may_be_reworded(stored: Fingerprint, live: Fingerprint, evidence: Evidence) -> bool:
    """Say whether other words may mean the same thing.

    A field is what its name sends to the server, whatever its label. What is pressed does what
    it says: there some of the words must have stayed, and none may have become its opposite.
    """
    before, after = stored.name or stored.text, live.name or live.text
    if are_opposite(before, after):
        return False
    if _KINDS.get(stored.role) != "pressed":
        return True
    return (text_similarity(before, after) or 0.0) >= evidence.words_kept


def _handles(stored: Fingerprint, live: Fingerprint, said: Finding) -> tuple[Finding, int, bool]:
    """Compare what authors gave the two: the finding, how many agree, whether all hold numbers.

    Another release of an icon font has other names for the same icons, so these contradict only
    where there are no words. Nor does it contradict the words of what alone says them that the
    page it leads to was moved to another directory.
    """
    ours, theirs = _handles_of(stored), _handles_of(live)
    only = said is Finding.AGREES and not stored.twins and not live.twins
    agree = contradict = 0.0
    agreeing = 0
    indexed = True
    for kind, (weight, value) in ours.items():
        if kind not in theirs:
            continue
        other = theirs[kind][1]
        if value == other:
            # What others do as well does not tell it from them, only from those who do not.
            if holds_mask(value) or (kind == "deed" and DEED_ATTRIBUTE in stored.shared):
                continue
            agree += weight
            agreeing += 1
            indexed = indexed and any(character.isdigit() for character in value)
        elif kind == "picture" and said is Finding.AGREES and _is_icon(value, other):
            continue
        elif kind != "link" or not _is_moved(value, other, alone=only):
            contradict += weight
    if agree == contradict:
        return Finding.UNKNOWN, agreeing, indexed
    finding = Finding.AGREES if agree > contradict else Finding.CONTRADICTS
    return finding, agreeing, indexed


def _handles_of(element: Fingerprint) -> dict[str, tuple[float, str]]:
    """Return what an author gave the element, and no other, to be found by: weight and value."""
    attributes = {k: v for k, v in element.attributes.items() if k not in element.shared}
    handles: dict[str, tuple[float, str]] = {}
    for attribute in TEST_ID_ATTRIBUTES:
        if attributes.get(attribute):
            handles["test id"] = (3.0, attributes[attribute])
    name = attributes.get("name", "")
    if name and attributes.get("type", "") in _CHECKABLE_TYPES:
        name = f"{name}={attributes.get('value', '')}"
    if name and element.tag != "a":
        handles["name"] = (2.5, name)
    if element.stable_id and "id" in attributes:
        handles["id"] = (2.0, element.stable_id)
    link = address(attributes.get("href", ""))
    if link:
        handles["link"] = (2.0, link)
    if attributes.get(GRAPHIC_ATTRIBUTE):
        handles["picture"] = (1.5, attributes[GRAPHIC_ATTRIBUTE])
    if element.attributes.get(DEED_ATTRIBUTE):
        handles["deed"] = (1.5, element.attributes[DEED_ATTRIBUTE])
    return handles


def _is_icon(*pictures: str) -> bool:
    """Say whether one of them is only known by its classes."""
    return any(picture.startswith(ICON_PREFIX) for picture in pictures)


def _is_moved(left: str, right: str, *, alone: bool) -> bool:
    """Say whether two links may lead to one page.

    They differ in their query only, as tracking parameters make them, or in the directory only.

    Args:
        alone: nothing else on either page says what the link says; else a directory counts.
    """
    ours, theirs = left.partition("?")[0], right.partition("?")[0]
    if not ours or ours == theirs:
        return bool(ours)
    name, other = (one.rstrip("/").rpartition("/")[2] for one in (ours, theirs))
    return alone and name == other and any(character.isalpha() for character in name)


def _place(stored: Fingerprint, live: Fingerprint, evidence: Evidence) -> Finding:
    if stored.distinguishing or stored.twins:
        return _place_among_twins(stored, live, evidence)
    measured = [
        similarity
        for similarity in (
            set_similarity(map(plain, stored.sections), map(plain, live.sections)),
            set_similarity(*map(_words_around, (stored, live))),
            set_similarity(*map(_words_before, (stored, live))),
        )
        if similarity is not None
    ]
    if not measured:
        return Finding.UNKNOWN
    average = sum(measured) / len(measured)
    if average >= evidence.place_agrees:
        return Finding.AGREES
    return Finding.CONTRADICTS if average < evidence.place_contradicts else Finding.UNKNOWN


def _words_around(element: Fingerprint) -> frozenset[str]:
    """Return the words next to an element; its own, such as its label, are no place."""
    return words(element.surroundings[0] if element.surroundings else "") - words(element.name)


def _words_before(element: Fingerprint) -> frozenset[str]:
    return words(element.neighbours[0]) - words(element.name)


def _place_among_twins(stored: Fingerprint, live: Fingerprint, evidence: Evidence) -> Finding:
    share, labels = distinguishing_share(stored, live), _compare_labels(stored, live)
    # A nameless field is what the text before it says, whatever stands around it and others.
    is_nameless = _is_field(stored) and not stored.name
    if share is None or (is_nameless and labels is Finding.CONTRADICTS):
        return labels
    # The first distinguishing word is a row's key or a card's title: without it, the rest
    # ("Sales", "active") may as well belong to somebody else.
    if share >= evidence.words_found and stored.distinguishing[0] in live.words_at(
        stored.twin_scope
    ):
        return Finding.AGREES
    return Finding.CONTRADICTS if share < evidence.words_missing else Finding.UNKNOWN


def _compare_labels(stored: Fingerprint, live: Fingerprint) -> Finding:
    """Compare the texts right before the two, where that tells the learned one from its twins."""
    ours, theirs = (plain(one.neighbours[0]) for one in (stored, live))
    if not stored.beside or holds_mask(ours):
        return Finding.UNKNOWN
    return Finding.AGREES if ours == theirs else Finding.CONTRADICTS


def destination(element: Fingerprint) -> str:
    """Return where a plain link leads and what it is called; nothing for anything else.

    Two links of one page with equal destinations are one choice: whichever is followed, the
    same page opens. A link with a script of its own may do something else, and a masked
    address may hide a difference.
    """
    link = address(element.attributes.get("href", ""))
    scripted = any(name.startswith("on") for name in element.attributes)
    if element.role != "link" or not link or link.startswith("#") or scripted or holds_mask(link):
        return ""
    return f"{link} {plain(element.name)}"


def distinguishing_share(stored: Fingerprint, live: Fingerprint) -> float | None:
    """Return the share of the words that told `stored` from its twins that stand around `live`."""
    if not stored.distinguishing:
        return None
    around = live.words_at(stored.twin_scope)
    return sum(word in around for word in stored.distinguishing) / len(stored.distinguishing)
