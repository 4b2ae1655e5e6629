"""What a group may hold, and who may give it: nobody grants what he lacks."""

from collections.abc import Collection, Sequence

from domain.accounts.models import Group
from domain.accounts.permissions import EVERYBODY, GRANTABLE, PERMISSIONS
from domain.shared.actor import Actor
from domain.shared.checks import Checks, FieldPath
from domain.shared.errors import Conflict, Forbidden

NAME_LENGTH = 80
MAX_GROUPS = 100


def check_permissions(checks: Checks, names: Sequence[str], path: FieldPath) -> frozenset[str]:
    """Return what a custom group is to hold, each once."""
    for position, name in enumerate(names):
        if name not in PERMISSIONS:
            checks.refuse((*path, str(position)), "There is no such permission.")
        elif name not in GRANTABLE:
            checks.refuse((*path, str(position)), f"No group can hold {name}.")
    return frozenset(names)


def require_custom(group: Group) -> None:
    """Raise `Conflict` for a preset group: it holds the same in every workspace."""
    if group.preset is not None:
        raise Conflict("Preset groups cannot be changed.", field=("id",))


def require_may_give(actor: Actor, permissions: Collection[str]) -> None:
    """Raise `Forbidden` unless the actor holds all of them; the same goes for taking away."""
    lacking = sorted(set(permissions) - actor.permissions - EVERYBODY)
    if lacking:
        raise Forbidden(
            f"Nobody can give or take away what he does not hold: {', '.join(lacking)}."
        )
