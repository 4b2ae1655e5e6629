"""What asking a language model took: per decision for the record, per run for the budget."""

from dataclasses import dataclass, field
from typing import Final

from workers.browser.llm.endpoint import Endpoint
from workers.browser.llm.errors import NotAskedError

# A token is about four letters of English and fewer of anything else; used only where the
# endpoint does not say how many there were.
_LETTERS_PER_TOKEN: Final = 3


def estimate_tokens(text: str) -> int:
    """About how many tokens a text takes, rather too many than too few."""
    return -(-len(text) // _LETTERS_PER_TOKEN)


@dataclass(slots=True)
class Usage:
    """What one decision took.

    Attributes:
        prompt: Name and version of the prompt.
        milliseconds: Spent waiting for the endpoint.
    """

    endpoint: Endpoint = field(repr=False)
    prompt: str
    input_tokens: int = 0
    output_tokens: int = 0
    milliseconds: float = 0.0
    requests: int = 0

    def to_json(self) -> dict[str, object] | None:
        """As it is stored with the decision; nothing where nothing was asked."""
        if not self.requests:
            return None
        return {
            "model": self.endpoint.model,
            "prompt": self.prompt,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": self.endpoint.price(self.input_tokens, self.output_tokens),
            "milliseconds": round(self.milliseconds, 1),
            "requests": self.requests,
        }


@dataclass(slots=True)
class Budget:
    """Tokens of one run."""

    most: int
    spent: int = 0

    def require(self, tokens: int) -> None:
        """Let a request of about so many input tokens pass.

        Raises:
            NotAskedError: It does not fit into what is left.
        """
        if self.spent + tokens > self.most:
            raise NotAskedError(
                "the language model was not asked: the request does not fit into the budget "
                f"of the run any more ({self.spent} of {self.most} tokens are used up)"
            )
