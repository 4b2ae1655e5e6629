"""Partial updates: "leave it as it is" is a value of its own, because null may mean "clear it"."""

from enum import Enum
from typing import Final, TypeVar

Value = TypeVar("Value")


class Unchanged(Enum):
    """The type of `UNCHANGED`."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED
"""What a command holds for a field that the caller did not mention."""


def apply_change(change: Value | Unchanged, current: Value) -> Value:
    """The value after the change."""
    return current if change is UNCHANGED else change
