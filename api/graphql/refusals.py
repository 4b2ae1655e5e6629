"""What is refused is counted too: an endless stream of nonsense costs time like any other."""

from domain.shared.errors import DomainError, TooMany
from graph.support.context import Context
from graph.support.masking import RequestRefused
from graph.support.rate_limit import charge_refusal


async def count_refusal(
    refused: RequestRefused | DomainError, context: Context
) -> RequestRefused | DomainError:
    """Count what was refused, which may be the reason to refuse it in another way."""
    if isinstance(refused, RequestRefused):
        try:
            await charge_refusal(context)
        except TooMany as too_many:
            return too_many
    return refused
