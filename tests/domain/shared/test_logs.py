"""Log lines are JSON, and hold no secret whoever wrote them."""

import json
import subprocess
import sys

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
