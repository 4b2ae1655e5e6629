"""What seals secret values, as the composition root hands it in."""

from typing import Final

from domain.shared.crypto import Sealer
from graph.support.context import Context

SEALER: Final = "sealer"
"""Name in `Context.extras`."""


def sealer_of(context: Context) -> Sealer:
    """What seals the secret values of missions.

    Raises:
        LookupError: the composition root handed none in.
    """
    sealer = context.extras.get(SEALER)
    if not isinstance(sealer, Sealer):
        raise LookupError(f"Context.extras has no {SEALER}.")
    return sealer
