"""An installation that takes anybody, and the mails that it owes."""

import pytest

from domain.accounts.sessions import Authority
from domain.shared.settings import Settings
from tests.factories.mails import APP_URL, Postbox
from tests.fixtures.database import Databases


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Anybody may register, once the terms were accepted."""
    return settings.model_copy(
        update={"registration": "open", "terms_version": "2026-11", "app_url": APP_URL}
    )


@pytest.fixture
def postbox(databases: Databases, authority: Authority) -> Postbox:
    """What was mailed to whom in this test."""
    return Postbox(databases, authority)
