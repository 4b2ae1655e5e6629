"""The words that instructions may use, and what they stand for."""

import re
from typing import Final

# (how it is said, verb), longer phrases before the shorter ones they begin with.
VERBS: Final = (
    ("click on", "click"),
    ("click", "click"),
    ("tap on", "click"),
    ("tap", "click"),
    ("push", "click"),
    ("open", "click"),
    ("follow", "click"),
    ("activate", "click"),
    ("submit", "click"),
    ("fill in", "fill"),
    ("fill out", "fill"),
    ("fill", "fill"),
    ("type", "fill"),
    ("enter", "fill"),
    ("write", "fill"),
    ("put", "fill"),
    ("set", "fill"),
    ("change", "fill"),
    ("clear", "fill"),
    ("empty", "fill"),
    ("select", "select"),
    ("choose", "select"),
    ("pick", "select"),
    ("uncheck", "uncheck"),
    ("untick", "uncheck"),
    ("unselect", "uncheck"),
    ("deselect", "uncheck"),
    ("turn off", "uncheck"),
    ("disable", "uncheck"),
    ("check", "check"),
    ("tick", "check"),
    ("turn on", "check"),
    ("enable", "check"),
    ("press", "press"),
    ("hit", "press"),
    ("hover over", "hover"),
    ("hover", "hover"),
    ("point at", "hover"),
    ("upload", "upload"),
    ("attach", "upload"),
)
VALUE_FIRST: Final = frozenset({"type", "enter", "write", "put"})
TO_FIRST: Final = frozenset({"set", "change"})
CLEARING: Final = frozenset({"clear", "empty"})

_TEXT_ROLES: Final = ("textbox", "searchbox", "spinbutton", "combobox")
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "button": ("button",),
    "link": ("link",),
    "text field": _TEXT_ROLES,
    "text box": _TEXT_ROLES,
    "text area": _TEXT_ROLES,
    "textbox": _TEXT_ROLES,
    "textarea": _TEXT_ROLES,
    "input field": _TEXT_ROLES,
    "input": _TEXT_ROLES,
    "field": (*_TEXT_ROLES, "listbox", "checkbox", "file"),
    "check box": ("checkbox", "switch"),
    "checkbox": ("checkbox", "switch"),
    "tick box": ("checkbox", "switch"),
    "radio button": ("radio",),
    "radio": ("radio",),
    "option": ("option", "radio", "menuitemradio"),
    "select box": ("combobox", "listbox"),
    "list box": ("combobox", "listbox"),
    "drop-down": ("combobox", "listbox"),
    "dropdown": ("combobox", "listbox"),
    "combobox": ("combobox", "listbox"),
    "combo box": ("combobox", "listbox"),
    "list": ("combobox", "listbox"),
    "box": (*_TEXT_ROLES, "listbox", "checkbox"),
    "tab": ("tab",),
    "menu item": ("menuitem", "menuitemcheckbox", "menuitemradio"),
    "menu": ("button", "combobox", "listbox"),
    "switch": ("switch", "checkbox"),
    "toggle": ("switch", "checkbox", "button"),
    "icon": ("img", "button", "link"),
    "image": ("img",),
    "heading": ("heading",),
}
KIND_WORDS: Final = "|".join(sorted((word.replace(" ", r"\s") for word in _KINDS), key=len)[::-1])

_SECTIONS: Final = (
    "section|panel|dialog|modal|popup|table|form|group|card|area|fieldset|toolbar|window|tab"
    "|filter|column|block|row|line"
)
# For "click … in the File menu"; with "choose … in the Language list" the same words mean a control.
SECTION_WORDS: Final = f"(?:{_SECTIONS}|menu|list|box)"
PLAIN_SECTION_WORDS: Final = f"(?:{_SECTIONS})"
LANDMARK: Final = re.compile(
    r"^(?P<rest>.*?)\s+(?:in|on|of|from|at)\s+the\s+(?P<landmark>header|footer|navigation|nav"
    r"|sidebar|main|breadcrumbs?|dialog|modal|popup|toolbar)$",
    re.IGNORECASE,
)

_ORDINALS: Final = {
    word: number
    for number, word in enumerate(
        (
            *("first", "second", "third", "fourth", "fifth"),
            *("sixth", "seventh", "eighth", "ninth", "tenth"),
        ),
        start=1,
    )
} | {"last": -1}
ORDINAL_WORDS: Final = "|".join(_ORDINALS)

_KEY_NAMES: Final = {
    "enter": "Enter",
    "return": "Enter",
    "tab": "Tab",
    "escape": "Escape",
    "esc": "Escape",
    "space": "Space",
    "backspace": "Backspace",
    "delete": "Delete",
    "del": "Delete",
    "home": "Home",
    "end": "End",
    "page up": "PageUp",
    "page down": "PageDown",
    "pageup": "PageUp",
    "pagedown": "PageDown",
    "arrow up": "ArrowUp",
    "arrow down": "ArrowDown",
    "arrow left": "ArrowLeft",
    "arrow right": "ArrowRight",
    "arrowup": "ArrowUp",
    "arrowdown": "ArrowDown",
    "arrowleft": "ArrowLeft",
    "arrowright": "ArrowRight",
}
_MODIFIERS: Final = {
    "ctrl": "Control",
    "control": "Control",
    "shift": "Shift",
    "alt": "Alt",
    "meta": "Meta",
    "cmd": "Meta",
}
_KEY_WORDS: Final = "|".join(sorted(_KEY_NAMES, key=len)[::-1])
_MODIFIER_WORDS: Final = "|".join(_MODIFIERS)
KEYS: Final = (
    rf"(?:(?:{_MODIFIER_WORDS})\s?\+\s?)+(?:{_KEY_WORDS}|F\d{{1,2}}|\S)|{_KEY_WORDS}|F\d{{1,2}}"
)


def key_name(said: str) -> str:
    """Return the browser's name of a key or chord: “ctrl + enter” is Control+Enter."""
    parts = [part.strip() for part in re.split(r"\+(?=.)", said)]
    names = [_MODIFIERS.get(part.lower(), part) for part in parts[:-1]]
    last = parts[-1]
    plain = _KEY_NAMES.get(" ".join(last.lower().split()))
    return "+".join([*names, plain or (last.upper() if len(last) > 1 else last)])


def ordinal_number(word: str) -> int:
    """Return the number that an ordinal stands for; -1 for the last."""
    number = _ORDINALS.get(word.lower())
    return number if number is not None else int(re.sub(r"\D", "", word))


def roles_of(kind: str) -> tuple[str, ...]:
    """Return the roles that a word for a kind of element stands for."""
    return _KINDS[" ".join(kind.lower().split())]


def section_kind(word: str) -> str:
    """Return "row" for words that mean a row, "section" for the rest."""
    return "row" if word.lower() in {"row", "line"} else "section"
