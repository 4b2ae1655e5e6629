"""Every mutation and subscription declares which permission it needs, or why it needs none.

    @strawberry.mutation(extensions=[requires("mission.run")])
    async def start_mission(...): ...

The verb checks; the declaration shows it to clients and lets a test find fields without a decision.
"""

from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField


class Declaration(FieldExtension):
    """The field needs `permission`; None: it needs none, because of `why`."""

    def __init__(self, permission: str | None, why: str = "") -> None:
        self.permission = permission
        self.why = why

    def apply(self, field: StrawberryField) -> None:
        """Say it in the schema; fields outlive a schema, so it may have been said before."""
        words = f"Needs the permission {self.permission}." if self.permission else self.why
        said = field.description or ""
        if not said.endswith(words):
            field.description = f"{said} {words}".strip()


def requires(permission: str) -> Declaration:
    """Declare the permission a field needs."""
    return Declaration(permission)


def public(why: str) -> Declaration:
    """Declare that a field needs no permission, and why."""
    return Declaration(None, why)


def declared(field: StrawberryField) -> Declaration | None:
    """What a field declares, if it does."""
    return next((one for one in field.extensions if isinstance(one, Declaration)), None)
