"""Root of the tests; markers and fixtures are plugins named in pyproject.toml."""

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket

settings.register_profile("thorough", max_examples=6000)
"""For `make fuzz`."""


@pytest.fixture(autouse=True)
def _no_network_in_unit_tests(request: pytest.FixtureRequest):
    """A unit test that opens a socket fails; the event loop's own socket pair is allowed."""
    if request.node.get_closest_marker("unit"):
        disable_socket(allow_unix_socket=True)
        yield
        enable_socket()
    else:
        yield
