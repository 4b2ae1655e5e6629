"""The direction of every `orderBy`."""

from enum import Enum

import strawberry


@strawberry.enum(description="Which end of a list comes first.")
class OrderDirection(Enum):
    """Ascending or descending."""

    ASC = "asc"
    DESC = "desc"

    @property
    def descending(self) -> bool:
        """As page requests say it."""
        return self is OrderDirection.DESC
