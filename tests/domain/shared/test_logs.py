"""Log lines are JSON, and hold no secret whoever wrote them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from domain.shared.log_secrets import HIDDEN, hide_secrets

pytestmark = pytest.mark.unit

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.c2lnbmF0dXJl"
PROGRAM = """
import logging, structlog
from domain.shared.logs import configure_logs
configure_logs()
structlog.get_logger().info("signed_in", user="kim", password="hunter2")
logging.getLogger("uvicorn.error").warning("bad header %s", "Bearer {token}")
try:
    raise ValueError("cannot reach redis://user:hunter2@host/0")
except ValueError:
    structlog.get_logger().exception("broken")
"""


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("password", "hunter2", HIDDEN),
        ("refresh_token", "abc", HIDDEN),
        ("Authorization", "Basic abc", HIDDEN),
        ("event", f"got {TOKEN} from a client", f"got {HIDDEN} from a client"),
        ("error", "postgresql://app:hunter2@db/x", f"postgresql://{HIDDEN}@db/x"),
        ("header", "bearer abcdefgh12345", f"bearer {HIDDEN}"),
        ("path", "/graphql", "/graphql"),
        ("tokens", 5, 5),
        ("outer", {"secret": "x", "n": 1}, {"secret": HIDDEN, "n": 1}),
        ("items", ["a", TOKEN], ["a", HIDDEN]),
    ],
)
def test_what_must_not_be_logged_is_replaced(name: str, value: object, shown: object):
    assert hide_secrets(None, "info", {name: value}) == {name: shown}


def test_every_line_is_json_without_secrets_whoever_wrote_it():
    program = PROGRAM.replace("{token}", TOKEN)
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [line["event"].split()[0] for line in lines] == ["signed_in", "bad", "broken"]
    assert "Traceback" in lines[2]["exception"]
    assert all(line["level"] and line["timestamp"] for line in lines)
    assert "hunter2" not in ran.stderr
    assert TOKEN not in ran.stderr


def test_what_json_has_no_words_for_is_logged_all_the_same():
    program = """
import structlog
from domain.shared.logs import configure_logs
configure_logs()
structlog.get_logger().info("odd", half="\\ud800", many=2**70, thing={1: object})
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    line = json.loads(ran.stderr)
    assert (line["half"], line["many"]) == ("\ud800", 2**70)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_costs_lines_and_nothing_else():
    program = """
import logging
import structlog
from domain.shared.logs import configure_logs
configure_logs()
structlog.get_logger().info("lost")
logging.getLogger("library").warning("lost")
print("goes on")
"""
    # Where it is set, Python keeps nothing in a buffer that could fail again at the end.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=full,
            check=True,
            timeout=30,
        )
    assert ran.stdout == b"goes on\n"
