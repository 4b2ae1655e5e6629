"""A fake of the API for every test here, and the neighbours' page for looking at outlines."""

from collections.abc import Iterator

import pytest

from tests.workers.browser.llm.chat import FakeChat, picks
from tests.workers.browser.locate.conftest import browser, page, show

__all__ = ["browser", "chat", "page", "show"]


@pytest.fixture
def chat() -> Iterator[FakeChat]:
    """A language model that finds nothing until it is told what to answer."""
    chat = FakeChat(picks())
    yield chat
    chat.close()
