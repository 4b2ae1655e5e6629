"""Domain events: facts in the past tense that other features may react to."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """Something that happened in one workspace, inside the transaction that made it so."""

    workspace_id: UUID
