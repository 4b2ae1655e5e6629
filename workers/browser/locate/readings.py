"""Turns an instruction into what the page script looks for: roles, names, parts of the page."""

from dataclasses import replace
from typing import Final

from domain.elements.instructions import Instruction, Verb
from domain.elements.policy import Policy

Reading = dict[str, object]
Roles = dict[str, float]

_TYPED: Final = ("textbox", "searchbox", "spinbutton")
_CHOSEN_FROM: Final = ("combobox", "listbox")
_TICKED: Final = ("checkbox", "switch", "menuitemcheckbox")
_PICKED: Final = (*_TICKED, "radio", "option", "menuitemradio", "tab", "menuitem")
# Points taken off for roles that people rarely mean by "click".
_PRESSED: Final[Roles] = {
    **dict.fromkeys(("button", "link", "tab", "menuitem", "treeitem", "option"), 0.0),
    **dict.fromkeys((*_TICKED, "radio", "menuitemradio"), 2.0),
    **dict.fromkeys(("generic", "listitem", "row", "cell", "img", "heading"), 8.0),
    **dict.fromkeys((*_TYPED, *_CHOSEN_FROM, "slider", "file"), 10.0),
}
_BY_VERB: Final[dict[Verb, Roles]] = {
    Verb.CLICK: _PRESSED,
    Verb.HOVER: dict.fromkeys(_PRESSED, 0.0),
    Verb.FILL: {**dict.fromkeys(_TYPED, 0.0), "combobox": 2.0},
    Verb.PRESS: {**_PRESSED, **dict.fromkeys((*_TYPED, *_CHOSEN_FROM), 0.0)},
    Verb.CHECK: dict.fromkeys((*_TICKED, "radio"), 0.0),
    Verb.UNCHECK: dict.fromkeys(_TICKED, 0.0),
    Verb.UPLOAD: {"file": 0.0},
    Verb.SELECT: dict.fromkeys(_PICKED, 0.0),
}
# What looks like a button may be built as a link, and the other way round.
_MISTAKEN_FOR: Final[dict[str, tuple[str, ...]]] = {
    "button": ("link", "tab", "menuitem", "generic"),
    "link": ("button", "tab", "menuitem"),
    "tab": ("link", "button"),
    "menuitem": ("link", "button"),
    "img": ("button", "link"),
}
_MISTAKEN_COST: Final = 10.0
_ONLY_WHEN_NAMED: Final = {"img": "img, [role='img']", "heading": "h1, h2, h3, h4, h5, h6"}


def readings_of(instruction: Instruction, policy: Policy) -> list[Reading]:
    """Return what the sentence may mean, likeliest first; the first that is found counts.

    “First name” is a name before it is the first of several: the reading without an ordinal
    comes first, and must fit exactly.
    """
    if instruction.ordinal:
        whole = replace(instruction, name=instruction.counted, literal="", ordinal=0)
        exact = {"accept": policy.instructed.exact}
        named = [reading | exact for reading in _uncounted(whole, policy)]
        return [*named, *_uncounted(instruction, policy)]
    return _uncounted(instruction, policy)


def _uncounted(instruction: Instruction, policy: Policy) -> list[Reading]:
    if instruction.verb is not Verb.SELECT:
        return [_reading(instruction, policy, _BY_VERB[instruction.verb])]
    if instruction.value is not None:
        control = dict.fromkeys(_CHOSEN_FROM, 0.0)
        return [
            _reading(instruction, policy, control),
            _part_reading(instruction, policy),
        ]
    chosen_from: Roles = {str(k): 0.0 for k in _CHOSEN_FROM if k in instruction.kinds}
    return [
        _reading(instruction, policy, {**_BY_VERB[Verb.SELECT], **chosen_from}),
        {**_reading(instruction, policy, {}), "option": instruction.name},
        _reading(instruction, policy, _PRESSED, pressed=True),
    ]


def _part_reading(instruction: Instruction, policy: Policy) -> Reading:
    """Read “choose Red in Colour” as the box, button or tab Red in the part called Colour."""
    reading = _reading(instruction, policy, {**_BY_VERB[Verb.SELECT], "button": 4.0})
    section = {"name": instruction.name, "kind": "section"}
    return reading | {"name": instruction.value, "literal": "", "section": section}


def _reading(
    instruction: Instruction, policy: Policy, roles: Roles, *, pressed: bool = False
) -> Reading:
    verb = instruction.verb
    pressed = pressed or verb is Verb.CLICK
    limits = policy.instructed
    section = instruction.section
    return {
        "name": instruction.name,
        "literal": instruction.literal,
        "roles": _narrowed(roles, instruction.kinds),
        "literal_roles": roles,
        "ordinal": instruction.ordinal,
        "section": {"name": section.name, "kind": section.kind} if section else None,
        "accept": limits.accept_pressed if pressed else limits.accept,
        "gap": limits.gap,
        "option": None,
        "text": verb in {Verb.CLICK, Verb.HOVER} and not instruction.kinds,
        "editable": verb is Verb.FILL,
        "hidden": verb is Verb.UPLOAD,
        "extra": ", ".join(_ONLY_WHEN_NAMED[k] for k in instruction.kinds if k in _ONLY_WHEN_NAMED),
    }


def _narrowed(roles: Roles, kinds: tuple[str, ...]) -> Roles:
    """Keep the roles that the sentence names, and at a cost those that look like them."""
    if not kinds:
        return roles
    narrowed = {
        alike: cost + _MISTAKEN_COST
        for kind in kinds
        for alike in _MISTAKEN_FOR.get(kind, ())
        if (cost := roles.get(alike)) is not None
    }
    return narrowed | {kind: 0.0 for kind in kinds if kind in roles}
