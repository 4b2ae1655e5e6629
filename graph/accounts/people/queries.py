"""What somebody must know before there is an account."""

import strawberry

from domain.accounts.people.register import Mode
from graph.support.context import Info
from graph.support.fields import described


@strawberry.type(description="Who may make an account here, and under which terms.")
class Registration:
    """Settings of the installation."""

    mode: str = strawberry.field(description="open, invite_only or closed.")
    terms_version: str | None = strawberry.field(
        description="Terms that have to be accepted; null where there are none."
    )


@strawberry.type
class PeopleQueries:
    """Root fields."""

    @described("Who may make an account here; everybody may ask.")
    async def registration(self, info: Info) -> Registration:
        """From the settings."""
        settings = info.context.settings
        mode: Mode = settings.registration
        return Registration(mode=mode, terms_version=settings.terms_version or None)
