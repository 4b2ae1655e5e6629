"""Optimistic locking: a change names the version it was made from."""

from domain.shared.errors import Conflict


def require_version(thing: str, current: int, expected: int | None) -> None:
    """Raise `Conflict` unless the entity is at the version the caller saw, if one was named."""
    if expected is not None and current != expected:
        raise Conflict(
            f"{thing} was changed meanwhile: it is at version {current}, not {expected}.",
            field=("expected_version",),
        )
