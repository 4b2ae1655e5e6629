"""Knows words whose change turns an element into its own opposite."""

from typing import Final

from domain.elements.similarity import words

_PAIRS: Final = (
    ("on", "off"),
    ("in", "out"),
    ("up", "down"),
    ("yes", "no"),
    ("add", "remove"),
    ("add", "delete"),
    ("show", "hide"),
    ("open", "close"),
    ("start", "stop"),
    ("play", "pause"),
    ("allow", "deny"),
    ("allow", "block"),
    ("accept", "decline"),
    ("accept", "reject"),
    ("approve", "reject"),
    ("enable", "disable"),
    ("expand", "collapse"),
    ("more", "less"),
    ("next", "previous"),
    ("first", "last"),
    ("grant", "revoke"),
    ("archive", "restore"),
    ("delete", "restore"),
    ("import", "export"),
    ("upload", "download"),
    ("increase", "decrease"),
    ("public", "private"),
    ("join", "leave"),
    ("save", "cancel"),
    ("submit", "cancel"),
    ("all", "none"),
)
_OPPOSITES: Final = frozenset(_PAIRS) | {(right, left) for left, right in _PAIRS}
_NEGATIONS: Final = ("un", "de", "dis", "in", "im", "non")


def are_opposite(left: str, right: str) -> bool:
    """Say whether one text is the other turned round (“Activate”, “Deactivate”; “on”, “off”)."""
    ours, theirs = words(left) - words(right), words(right) - words(left)
    return any(
        (a, b) in _OPPOSITES or _negates(a, b) or _negates(b, a) for a in ours for b in theirs
    )


def _negates(word: str, other: str) -> bool:
    return any(word == negation + other for negation in _NEGATIONS)
