"""The page about permissions says what the code does."""

import pytest

from domain.accounts.permissions import PERMISSIONS
from graph.permissions_page import PAGE, render
from graph.schema import schema

pytestmark = pytest.mark.contract


def test_the_page_is_as_the_code_would_write_it():
    assert PAGE.read_text(encoding="utf-8") == render(schema), "python -m graph.permissions_page"


def test_every_permission_has_its_row():
    page = render(schema)
    assert [name for name in PERMISSIONS if f"| `{name}` | {PERMISSIONS[name]} |" not in page] == []
