"""Why a language model gave nothing to use.

ModelError
├── NotAskedError      nothing was sent: the budget is used up, or the model is to be left alone
├── RefusedError       the endpoint answered, but not with a completion
└── UnusableError      there was no answer in time, or none that can be read
"""


class ModelError(Exception):
    """A language model gave nothing to use; the message is part of a sentence."""


class NotAskedError(ModelError):
    """Nothing was sent."""


class RefusedError(ModelError):
    """The endpoint refused.

    Attributes:
        status: The HTTP status.
        named: The parameter that it names as the culprit, if any.
        retry_after_s: Seconds that it wants to be left alone, when it says so.
    """

    def __init__(
        self, message: str, status: int, named: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.named = named
        self.retry_after_s = retry_after_s


class UnusableError(ModelError):
    """There was no answer in time, or none that can be read."""
