"""Which language model a run may ask, and what it may spend on it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self

from domain.elements import json_values

_TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A chat completions API and the limits of one run.

    Attributes:
        base_url: What `/chat/completions` is joined to, without a trailing slash.
        timeout_seconds: For one request; a step that has less time left waits less.
        run_tokens: Input and output tokens after which a run asks no more.
        input_price: US dollars for a million input tokens; 0 when nobody said.
        output_price: The same for output tokens.
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str
    timeout_seconds: float = 20.0
    run_tokens: int = 100_000
    input_price: float = 0.0
    output_price: float = 0.0

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        """What so many tokens cost in US dollars; `None` when no price is known."""
        if not self.input_price and not self.output_price:
            return None
        paid = input_tokens * self.input_price + output_tokens * self.output_price
        return round(paid / _TOKENS_PER_PRICE, 8)

    def to_json(self) -> dict[str, object]:
        """Plain JSON values, key included: for the pipe to the browser process only."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Self:
        """Restore what `to_json` gave."""
        return cls(
            base_url=json_values.text(data["base_url"]),
            api_key=json_values.text(data["api_key"]),
            model=json_values.text(data["model"]),
            timeout_seconds=json_values.number(data["timeout_seconds"]),
            run_tokens=json_values.whole(data["run_tokens"]),
            input_price=json_values.number(data["input_price"]),
            output_price=json_values.number(data["output_price"]),
        )
