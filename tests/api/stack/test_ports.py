"""A port is checked before anything is started, and its user is named."""

import os
import socket

import pytest

from api.stack.errors import StackError
from api.stack.ports import reserve_port

pytestmark = pytest.mark.contract


def test_a_free_port_is_returned_and_zero_chooses_one():
    chosen = reserve_port("127.0.0.1", 0)
    assert chosen > 0
    assert reserve_port("127.0.0.1", chosen) == chosen


def test_a_taken_port_names_its_user_and_the_next_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StackError) as refused:
            reserve_port("127.0.0.1", port)
    assert f"(process {os.getpid()})" in str(refused.value)
    assert str(refused.value).endswith(f"METAMORPH_PORT={port + 1}")


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(StackError, match=r"cannot listen on 192\.0\.2\.1 port 8000"):
        reserve_port("192.0.2.1", 8000)
