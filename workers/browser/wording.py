"""What the words of a step mean, known before any page is open."""

from dataclasses import replace

from domain.elements.errors import InstructionNotUnderstood
from domain.elements.instructions import Instruction, Verb, parse, parse_target


class NotLocatedError(Exception):
    """No element, or no single one, is what the step means; the message says why."""


def read_instruction(text: str, value: str | None) -> Instruction:
    """What a sentence says to do; the value comes from the step where it has one.

    Raises:
        NotLocatedError: The sentence is not understood.
    """
    try:
        if value is None:
            return parse(text)
        try:
            return replace(parse(text), value=value)
        except InstructionNotUnderstood:
            # "fill Password" lacks only the value, which must not stand in the sentence.
            return replace(parse(f'{text} with "value"'), value=value)
    except InstructionNotUnderstood as error:
        raise NotLocatedError(str(error)) from error


def read_target(text: str, verb: Verb) -> Instruction:
    """What the description of an element says.

    Raises:
        NotLocatedError: The description is not understood.
    """
    try:
        return parse_target(text, verb)
    except InstructionNotUnderstood as error:
        raise NotLocatedError(str(error)) from error
