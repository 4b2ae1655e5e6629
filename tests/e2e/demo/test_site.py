"""The application under test as a process that cannot start."""

from pathlib import Path

import pytest

from api.stack.errors import StackError
from e2e.demo import site

pytestmark = pytest.mark.integration


def test_a_site_that_does_not_start_says_why_and_where_to_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "install", lambda *_: tmp_path / "without-django")
    with (
        pytest.raises(StackError, match=r"No module named 'django'\); .*demo-before\.log has"),
        site.serve(site.BEFORE, 1, "secret", tmp_path),
    ):
        raise AssertionError("it started")
