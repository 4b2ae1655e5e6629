"""A clock that only tests move."""


class HandClock:
    """Seconds since an unimportant moment."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
