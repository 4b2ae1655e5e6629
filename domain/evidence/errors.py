"""What can go wrong with evidence.

DomainError
├── Invalid
│   ├── EvidenceTooLarge    one file, or all files of the workspace together
│   └── UploadIncomplete    bytes are missing, or are not the announced ones
├── Forbidden
│   └── LinkRefused         a link was altered, has expired, or is meant for something else
├── Conflict
│   └── AttemptReplaced     another attempt took over; what the old one saw is not kept
└── Unavailable
    └── StoreUnwritable     the disk is full, or the directory cannot be written
"""

from domain.shared.errors import Conflict, Forbidden, Invalid, Unavailable


class EvidenceTooLarge(Invalid):
    """More bytes than one file, or the workspace, may hold."""


class UploadIncomplete(Invalid):
    """The upload cannot be completed with the bytes that arrived."""


class LinkRefused(Forbidden):
    """A signed link does not open this."""

    def __init__(self) -> None:
        super().__init__("This link is not valid, or not valid any more.")


class AttemptReplaced(Conflict):
    """The attempt that wants to keep a file is not the current one."""

    def __init__(self) -> None:
        super().__init__("Another attempt has taken over; this one may not add evidence.")


class StoreUnwritable(Unavailable):
    """Evidence cannot be written; `reason` is the operating system's."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Evidence cannot be stored: {reason}.", retry_after_seconds=30)
