"""What Chromium is started with."""

import pytest

from workers.browser.arguments import list_arguments

pytestmark = pytest.mark.unit


def test_only_without_a_sandbox_the_flag_is_given() -> None:
    assert "--no-sandbox" in list_arguments(1, sandbox=False)
    assert "--no-sandbox" not in list_arguments(1, sandbox=True)


def test_everything_goes_through_the_guard() -> None:
    arguments = list_arguments(4321, sandbox=True)
    assert "--proxy-server=socks5://127.0.0.1:4321" in arguments
    assert "--proxy-bypass-list=<-loopback>" in arguments
