"""Chromium is searched in the documented order, and one that does not run does not count."""

from pathlib import Path

import pytest

from api.stack.chromium import find_chromium, read_version
from api.stack.provision import provide_browser

pytestmark = pytest.mark.contract

RUNS = "#!/bin/sh\necho 'Chromium 1.2.3'\n"
BROKEN = "#!/bin/sh\necho 'install the snap first' >&2\nexit 1\n"


def make_program(path: Path, text: str = RUNS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.delenv("METAMORPH_CHROMIUM", raising=False)
    return tmp_path


def test_there_may_be_none(machine):
    assert find_chromium() is None


def test_the_configured_one_is_taken_and_no_other_in_its_place(machine):
    make_program(machine / "bin" / "chromium")
    mine = make_program(machine / "mine")
    assert find_chromium(str(mine)) == mine
    assert find_chromium(str(machine / "missing")) is None


def test_the_path_comes_before_playwrights_own(machine):
    own = make_program(machine / "playwright/chromium_headless_shell-1/x/chrome-headless-shell")
    assert find_chromium() == own
    on_path = make_program(machine / "bin" / "google-chrome")
    assert find_chromium() == on_path


def test_a_version_is_read_only_from_one_that_runs(machine):
    assert read_version(make_program(machine / "good")) == "Chromium 1.2.3"
    assert read_version(make_program(machine / "bad", BROKEN)) is None
    assert read_version(machine / "missing") is None


def test_one_that_runs_is_not_installed_again(machine):
    make_program(machine / "bin" / "chromium")
    assert provide_browser() is True


def test_a_configured_one_that_does_not_run_is_never_replaced_silently(
    machine, monkeypatch, capsys
):
    make_program(machine / "bin" / "chromium")
    monkeypatch.setenv("METAMORPH_CHROMIUM", str(make_program(machine / "bad", BROKEN)))
    assert provide_browser() is False
    assert "does not run" in capsys.readouterr().err


def test_the_distributions_package_is_tried_when_playwright_cannot_download(machine, monkeypatch):
    asked = []

    def install(command: list[str], **environment: str) -> bool:
        asked.append(command)
        if "playwright" in command:
            return False
        make_program(machine / "bin" / "chromium")
        return True

    monkeypatch.setattr("api.stack.provision._succeeds", install)
    monkeypatch.setattr("api.stack.provision._may_use_apt", lambda: True)
    monkeypatch.setattr("api.stack.provision._is_debian", lambda: False)
    assert provide_browser() is True
    assert ["playwright" in asked[0], "apt-get" in asked[1]] == [True, True]


def test_debians_package_is_tried_first_on_debian(machine, monkeypatch):
    asked = []
    monkeypatch.setattr("api.stack.provision._succeeds", lambda command, **_: asked.append(command))
    monkeypatch.setattr("api.stack.provision._may_use_apt", lambda: True)
    monkeypatch.setattr("api.stack.provision._is_debian", lambda: True)
    assert provide_browser() is False
    assert "apt-get" in asked[0]
    assert "playwright" in asked[-1]
