"""A Chromium that does not run does not count, and another way to get one is tried."""

from pathlib import Path

import pytest

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


@pytest.fixture
def root_on_debian(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """A new environment of root's on Debian; the commands that were to be run."""
    asked: list[list[str]] = []
    monkeypatch.setattr("api.stack.provision._succeeds", lambda command, **_: asked.append(command))
    monkeypatch.setattr("api.stack.provision._may_use_apt", lambda: True)
    monkeypatch.setattr("api.stack.provision._is_debian", lambda: True)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    return asked


def test_root_gets_the_headless_shell_beside_a_browser_and_does_without(machine, root_on_debian):
    make_program(machine / "bin" / "chromium")
    assert provide_browser() is True
    assert [command[0] for command in root_on_debian] == ["apt-get"]


def test_a_headless_shell_is_not_searched_twice(machine, root_on_debian):
    make_program(machine / "bin" / "chromium")
    (machine / "browser-searched").touch()
    assert provide_browser() is True
    assert root_on_debian == []
