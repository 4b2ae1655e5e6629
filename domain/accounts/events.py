"""What happened to accounts that other features react to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.shared.events import DomainEvent


@dataclass(frozen=True, slots=True)
class MailOwed(DomainEvent):
    """Somebody is owed a mail; it leaves after the commit, and again until it has arrived.

    Attributes:
        template: Names the words: `domain.mail.rules.TEMPLATES`.
        to: The address.
        link_id: Row whose token the mail's link carries, if it has one.
        values: What the words are filled with; no secrets, they are stored as they are.
    """

    template: str
    to: str
    link_id: UUID | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountDeleted(DomainEvent):
    """Somebody has gone who had this address."""

    address: str


@dataclass(frozen=True, slots=True)
class WorkspaceDeleted(DomainEvent):
    """Nobody can act in the workspace any more."""
