"""What is refused is counted too: an endless stream of nonsense costs time like any other."""

from domain.shared.errors import DomainError, TooMany
from graph.support.context import Context
from graph.support.masking import RequestRefused
from graph.support.rate_limit import charge_refusal

LETTERS = 10
"""Of a document that count one: to parse and validate a thousand takes up to 9 ms here, about as
long as a hundred objects take."""
BODY_BYTES = 1_024
"""Of a body that count one, where nobody got as far as the document."""


def weigh_body(context: Context, size: int) -> None:
    """Say what a request counts if its body is refused."""
    context.refusal_cost = max(1, size // BODY_BYTES)


def weigh_document(context: Context, letters: int) -> None:
    """Say what a request counts if its document is refused."""
    context.refusal_cost = max(1, letters // LETTERS)


async def count_refusal(
    refused: RequestRefused | DomainError, context: Context
) -> RequestRefused | DomainError:
    """Count what was refused, which may be the reason to refuse it in another way."""
    if isinstance(refused, TooMany):
        return refused
    try:
        await charge_refusal(context)
    except TooMany as too_many:
        return too_many
    return refused
