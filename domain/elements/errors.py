"""Why the element cache refuses.

Invalid
├── MalformedFingerprint       stored or reported data does not describe an element
└── InstructionNotUnderstood   a sentence does not say what to do, or with what
"""

from domain.shared.errors import Invalid


class MalformedFingerprint(Invalid):
    """Data that should describe an element does not."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"This does not describe an element: {detail}.")


class InstructionNotUnderstood(Invalid):
    """A sentence does not say what to do, or with what."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"Cannot understand “{text}”: {reason}")
        self.reason = reason
