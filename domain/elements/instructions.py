"""Understands sentences such as “click the Save button” or “fill Username with anna”.

A sentence is a verb and what it is done to: a name (quoted, or bare), words for its kind
("button"), an ordinal ("the second"), the part of the page ("in the Permissions section"),
and for some verbs a value. The grammar is small on purpose; what it does not cover is refused
with a reason, never guessed.
"""

import re
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Final

from domain.elements import vocabulary
from domain.elements.errors import InstructionNotUnderstood
from domain.elements.similarity import plain


class Verb(StrEnum):
    """What to do with an element."""

    CLICK = "click"
    FILL = "fill"
    SELECT = "select"
    CHECK = "check"
    UNCHECK = "uncheck"
    PRESS = "press"
    HOVER = "hover"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: a titled section, a row that holds some words, or a landmark."""

    name: str
    kind: str = "section"


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a sentence says.

    Attributes:
        name: what the element is called; empty for a key press wherever the focus is.
        kinds: roles that the words for its kind stand for; empty when none was given.
        literal: the name with the kind words left in ("Add link"), in case they belong to it.
        ordinal: 1 for the first, -1 for the last, 0 when not said.
        counted: the name with the ordinal left in ("First name"), in case it belongs to it.
        value: what to type, choose or press; never part of a key, a log or a decision.
        either_way: the sentence may also mean the option or box called `value` in the part
            called `name` ("choose Red in Colour").
    """

    verb: Verb
    name: str = ""
    kinds: tuple[str, ...] = ()
    literal: str = ""
    ordinal: int = 0
    counted: str = ""
    section: Section | None = None
    value: str | None = field(default=None, repr=False)
    either_way: bool = False

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values, value included: for the page script only."""
        return asdict(self)

    @property
    def normalised(self) -> str:
        """The same text for every way of saying the same thing; without the value."""
        where = f"{self.section.kind}:{plain(self.section.name)}" if self.section else ""
        kinds = ",".join(sorted(self.kinds))
        return f"{self.verb}|{plain(self.name)}|{kinds}|{self.ordinal}|{where}"


_MARK: Final = "\x00"
_QUOTE: Final = rf"{_MARK}\d+{_MARK}"
# “…”, "…", '…' and the typographic single quotes; an apostrophe inside a word is none of them.
_QUOTED: Final = re.compile(
    r"“[^”]*”|\"[^\"]*\"|(?<!\w)'.*?'(?!\w)|\u2018[^\u2019]*\u2019", re.DOTALL
)
_PREPOSITION: Final = r"(?:in|on|inside|within|under|of|from|at)\s+(?:the\s+)?"
_SECTION: Final = re.compile(
    rf"^(?P<rest>.*?)\s+{_PREPOSITION}(?P<name>.+?)\s+(?P<kind>{vocabulary.SECTION_WORDS})$", re.I
)
_PLAIN_SECTION: Final = re.compile(
    rf"^(?P<rest>.*\S)\s+{_PREPOSITION}(?P<name>.+?)\s+(?P<kind>{vocabulary.PLAIN_SECTION_WORDS})$",
    re.IGNORECASE,
)
_ROW: Final = re.compile(
    rf"^(?P<rest>.*?)\s+{_PREPOSITION}(?:row|line)\s+(?:(?:of|for|with|called)\s+)?(?P<name>.+)$",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(r"^(?:the|a|an)\s+", re.IGNORECASE)
_ON: Final = re.compile(r"^(?:on|over|at)\s+", re.IGNORECASE)
_ORDINAL: Final = re.compile(
    rf"^(?P<word>(?:{vocabulary.ORDINAL_WORDS})|\d+(?:st|nd|rd|th))\s+", re.IGNORECASE
)
_KIND_FIRST: Final = re.compile(
    rf"^(?P<kind>{vocabulary.KIND_WORDS})\s+(?:(?:named|called|labelled|labeled|that\ssays"
    rf"|with\sthe\stext)\s+(?P<bare>.+)|(?P<quoted>{_QUOTE}))$",
    re.IGNORECASE,
)
_KIND_LAST: Final = re.compile(rf"^(?P<name>.*\S)\s+(?P<kind>{vocabulary.KIND_WORDS})$", re.I)
_KEY: Final = re.compile(rf"^(?:the\s+)?(?P<key>{vocabulary.KEYS})(?:\s+key)?$", re.IGNORECASE)
_INTO: Final = re.compile(
    rf"^(?P<value>{_QUOTE}|.*)\s+(?:into|in|to|as)\s+(?P<name>.+)$", re.I | re.S
)
_FROM: Final = re.compile(
    rf"^(?P<value>{_QUOTE}|.*\S)\s+(?:in|from|for|as)\s+(?P<name>.+)$", re.I | re.S
)
_WITH: Final = re.compile(r"^(?P<name>.*?\S)\s+with(?:\s+(?P<value>.*))?$", re.I | re.S)
_TO: Final = re.compile(r"^(?P<name>.*?\S)\s+to\s+(?P<value>.*)$", re.I | re.S)


def parse(text: str) -> Instruction:
    """Read one sentence.

    Raises:
        InstructionNotUnderstood: no known verb, nothing it is done to, or no value where the
            verb needs one. The reason says which.
    """
    sentence = text.strip()
    if not sentence:
        raise InstructionNotUnderstood(text, "it is empty.")
    for phrase, verb in vocabulary.VERBS:
        match = re.match(rf"{phrase}(?:\s+|$)", sentence, re.IGNORECASE)
        if match:
            return _parse_object(text, Verb(verb), phrase, sentence[match.end() :].strip())
    known = ", ".join(("click", "fill", "choose", "check", "uncheck", "press", "hover", "upload"))
    raise InstructionNotUnderstood(text, f"it must begin with a verb such as {known}.")


def parse_target(text: str, verb: Verb) -> Instruction:
    """Read the description of an element alone (“the Save button”), for a known verb.

    Raises:
        InstructionNotUnderstood: nothing is left to look for.
    """
    sentence, quotes = _set_quotes_aside(text.strip())
    return _parse_target(text, Instruction(verb), sentence, quotes)


def _parse_object(text: str, verb: Verb, phrase: str, rest: str) -> Instruction:
    if not rest:
        raise InstructionNotUnderstood(text, f"it does not say what to {verb}.")
    if verb is Verb.PRESS:
        return _parse_press(text, rest)
    if verb is Verb.FILL:
        return _parse_fill(text, phrase, rest)
    if verb is Verb.UPLOAD:
        return _parse_with_value(text, verb, (_INTO,), rest, "upload report.pdf to Attachment")
    if verb is Verb.SELECT:
        return _parse_select(text, rest)
    return parse_target(_ON.sub("", rest), verb)


def _parse_press(text: str, rest: str) -> Instruction:
    """Tell “press Enter (in Search)” from “press the Save button”."""
    if key := _KEY.match(rest):
        return Instruction(Verb.PRESS, value=vocabulary.key_name(key["key"]))
    placed = _FROM.match(rest) or _INTO.match(rest)
    if placed and (key := _KEY.match(placed["value"])):
        target = parse_target(placed["name"], Verb.PRESS)
        return replace(target, value=vocabulary.key_name(key["key"]))
    return parse_target(_ON.sub("", rest), Verb.CLICK)


def _parse_fill(text: str, phrase: str, rest: str) -> Instruction:
    """Read “fill NAME with VALUE”, “set NAME to VALUE”, “type VALUE into NAME”, “clear NAME”."""
    if phrase in vocabulary.CLEARING:
        return replace(parse_target(rest, Verb.FILL), value="")
    if phrase in vocabulary.VALUE_FIRST:
        return _parse_with_value(text, Verb.FILL, (_INTO,), rest, "type anna into Username")
    patterns = (_TO, _WITH) if phrase in vocabulary.TO_FIRST else (_WITH, _TO)
    return _parse_with_value(text, Verb.FILL, patterns, rest, "fill Username with anna")


def _parse_with_value(
    text: str, verb: Verb, patterns: tuple[re.Pattern[str], ...], rest: str, example: str
) -> Instruction:
    sentence, quotes = _set_quotes_aside(rest)
    match = next((found for pattern in patterns if (found := pattern.match(sentence))), None)
    if not match:
        raise InstructionNotUnderstood(text, f"say it like “{example}”.")
    target = _parse_target(text, Instruction(verb), match["name"], quotes)
    return replace(target, value=_put_back(match["value"] or "", quotes, verbatim=True))


def _parse_select(text: str, rest: str) -> Instruction:
    """Read “choose X in Y” (an option of a control), or “choose X” (whatever X turns out to be)."""
    sentence, quotes = _set_quotes_aside(rest)
    section: Section | None = None
    if placed := _PLAIN_SECTION.match(sentence):
        section = _section(placed["name"], placed["kind"], quotes)
        sentence = placed["rest"]
    match = _FROM.match(sentence)
    if not match:
        target = _parse_target(text, Instruction(Verb.SELECT), sentence, quotes)
        return replace(target, section=section)
    value = _put_back(_ARTICLE.sub("", match["value"]), quotes, verbatim=True)
    target = _parse_target(text, Instruction(Verb.SELECT), match["name"], quotes)
    return replace(target, value=value, either_way=True, section=section)


def _parse_target(
    text: str, instruction: Instruction, sentence: str, quotes: list[str]
) -> Instruction:
    sentence = " ".join(sentence.split()).rstrip(".!")
    section: Section | None = None
    if instruction.verb is not Verb.SELECT:
        section, sentence = _split_section(sentence, quotes)
    sentence = _ARTICLE.sub("", sentence).strip()
    ordinal, counted = 0, ""
    if said := _ORDINAL.match(sentence):
        ordinal = vocabulary.ordinal_number(said["word"])
        counted = _put_back(_split_kind(sentence)[0], quotes)
        sentence = sentence[said.end() :]
    name, kind = _split_kind(sentence)
    called = _put_back(name, quotes).strip()
    if not called and not kind:
        raise InstructionNotUnderstood(text, f"it does not say what to {instruction.verb}.")
    literal = "" if _MARK in name or not kind else _put_back(sentence, quotes)
    kinds = vocabulary.roles_of(kind) if kind else ()
    return replace(
        instruction,
        name=called,
        kinds=kinds,
        literal=literal if literal != called else "",
        ordinal=ordinal,
        counted=counted,
        section=section,
    )


def _split_section(sentence: str, quotes: list[str]) -> tuple[Section | None, str]:
    """Split off “in the Permissions section”, “in the row of anna” or “in the header”."""
    if landmark := vocabulary.LANDMARK.match(sentence):
        return Section("", landmark["landmark"].lower()), landmark["rest"]
    if row := _ROW.match(sentence):
        if row["name"].isdigit():
            reason = "say which row by words that stand in it, not by a number."
            raise InstructionNotUnderstood(_put_back(sentence, quotes), reason)
        return _section(row["name"], "row", quotes), row["rest"]
    if placed := _SECTION.match(sentence):
        return _section(placed["name"], placed["kind"], quotes), placed["rest"]
    return None, sentence


def _section(name: str, word: str, quotes: list[str]) -> Section:
    return Section(_put_back(_ARTICLE.sub("", name), quotes), vocabulary.section_kind(word))


def _split_kind(sentence: str) -> tuple[str, str]:
    """Split “Save button” or “button 'Save'” into name and kind word."""
    if match := _KIND_FIRST.match(sentence):
        return match["bare"] or match["quoted"], match["kind"]
    if match := _KIND_LAST.match(sentence):
        return match["name"], match["kind"]
    if re.fullmatch(vocabulary.KIND_WORDS, sentence, re.IGNORECASE):
        return "", sentence
    return sentence, ""


def _set_quotes_aside(sentence: str) -> tuple[str, list[str]]:
    """Replace quoted parts by marks, so that words inside them are not taken for grammar."""
    quotes: list[str] = []

    def keep(match: re.Match[str]) -> str:
        quotes.append(match[0])
        return f"{_MARK}{len(quotes) - 1}{_MARK}"

    return _QUOTED.sub(keep, sentence.replace(_MARK, "")), quotes


def _put_back(sentence: str, quotes: list[str], *, verbatim: bool = False) -> str:
    """Undo `_set_quotes_aside`, without the marks of the quotations.

    A value is `verbatim`: only a quotation that is all of it loses its marks, because any
    other one is part of what is to be typed.
    """
    if re.fullmatch(rf"\s*{_QUOTE}\s*", sentence):
        verbatim = False

    def restore(match: re.Match[str]) -> str:
        quotation = quotes[int(match[1])]
        return quotation if verbatim else quotation[1:-1]

    restored = re.sub(rf"{_MARK}(\d+){_MARK}", restore, sentence)
    return restored if verbatim else restored.strip(" ") if _MARK not in sentence else restored
