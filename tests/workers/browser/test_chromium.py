"""Which browser is used: the configured one, else one on PATH, else the one Playwright installed."""

from pathlib import Path

import pytest

from workers.browser.chromium import (
    ChromiumMissingError,
    find_chromium,
    read_version,
)

pytestmark = pytest.mark.contract


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose PATH is the empty directory ``bin`` and whose home is empty as well."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    return tmp_path


def install(path: Path, text: str = "#!/bin/sh\n") -> Path:
    """Put a program somewhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_configured_one_comes_first(machine: Path) -> None:
    install(machine / "bin" / "chromium")
    mine = install(machine / "mine" / "browser")
    assert find_chromium(str(mine)) == mine


def test_a_configured_name_is_looked_up_on_path(machine: Path) -> None:
    special = install(machine / "bin" / "chromium-special")
    assert find_chromium("chromium-special") == special


@pytest.mark.parametrize("name", ["chromium", "google-chrome", "chrome"])
def test_then_one_on_path(machine: Path, name: str) -> None:
    install(machine / ".cache/ms-playwright/chromium-1200/chrome-linux64/chrome")
    on_path = install(machine / "bin" / name)
    assert find_chromium() == on_path


def test_the_headless_shell_is_preferred_without_the_script_around_it(machine: Path) -> None:
    install(machine / "bin" / "chromium")
    script = install(machine / "bin" / "chromium-headless-shell")
    assert find_chromium() == script
    program = install(machine / "lib" / "chromium" / "chromium-headless-shell")
    assert find_chromium() == program


def test_then_the_newest_that_playwright_installed(machine: Path) -> None:
    cache = machine / ".cache" / "ms-playwright"
    install(cache / "chromium_headless_shell-999/chrome-linux/headless_shell")
    newest = install(cache / "chromium_headless_shell-1255/chrome-linux/headless_shell")
    install(cache / "chromium-1300/chrome-linux64/chrome")
    assert find_chromium() == newest


def test_playwright_may_have_been_told_to_install_elsewhere(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = machine / "browsers"
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(elsewhere))
    found = install(elsewhere / "chromium_headless_shell-1/chrome-linux/headless_shell")
    assert find_chromium() == found


def test_a_version_is_read_only_from_one_that_runs(machine: Path) -> None:
    good = install(machine / "good", "#!/bin/sh\necho 'Chromium 1.2.3'\n")
    assert read_version(good) == "Chromium 1.2.3"
    assert read_version(install(machine / "bad", "#!/bin/sh\nexit 1\n")) is None
    assert read_version(machine / "missing") is None


def test_what_cannot_be_run_is_not_used(machine: Path) -> None:
    (machine / "bin" / "chromium").write_text("not a program")
    with pytest.raises(
        ChromiumMissingError, match="run `metamorph doctor`, set METAMORPH_CHROMIUM"
    ):
        find_chromium()
    with pytest.raises(ChromiumMissingError, match="which cannot be run"):
        find_chromium(str(machine / "bin" / "chromium"))
