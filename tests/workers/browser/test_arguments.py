"""What Chromium is started with."""

from pathlib import Path

import pytest
from playwright.async_api import Error, async_playwright

from workers.browser.arguments import DISABLED_FEATURES, list_arguments

pytestmark = pytest.mark.contract


def test_only_without_a_sandbox_the_flag_is_given() -> None:
    assert "--no-sandbox" in list_arguments(1, sandbox=False)
    assert "--no-sandbox" not in list_arguments(1, sandbox=True)


def test_everything_goes_through_the_guard() -> None:
    arguments = list_arguments(4321, sandbox=True)
    assert "--proxy-server=socks5://127.0.0.1:4321" in arguments
    assert "--proxy-bypass-list=<-loopback>" in arguments


async def test_whatever_playwright_switches_off_stays_off(tmp_path: Path) -> None:
    spy = tmp_path / "chromium"
    spy.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" >'{tmp_path}/given'\nexit 1\n")
    spy.chmod(0o755)
    async with async_playwright() as playwright:
        with pytest.raises(Error):
            await playwright.chromium.launch(executable_path=spy)
    prefix = "--disable-features="
    given = (tmp_path / "given").read_text().splitlines()
    (features,) = [one.removeprefix(prefix) for one in given if one.startswith(prefix)]
    assert set(features.split(",")) - set(DISABLED_FEATURES) == set()
