"""What a page complained about is read from its evidence, whatever state that is in."""

import json

import pytest

from api.reports.files import parse_console, parse_network

pytestmark = pytest.mark.unit


def test_only_trouble_is_taken_from_a_console():
    log = (
        "    0.412 [log] ready\n"
        "   12.001 [error] Failed to load <b>x</b>\n"
        "   12.5 [warning] old\n"
        "   13.0 [exception] TypeError: x is undefined\n"
        "no line of ours [error]\n"
    )
    lines = parse_console(log)
    assert [(line.seconds, line.level) for line in lines] == [
        (12.001, "error"),
        (12.5, "warning"),
        (13.0, "exception"),
    ]
    assert lines[0].text == "Failed to load <b>x</b>"


def test_requests_that_failed_are_told_in_one_list():
    log = {
        "blocked": [{"host": "10.0.0.1", "port": 80, "reason": "not allowed", "times": 2}],
        "failed": [{"method": "GET", "url": "http://a.test/", "reason": "timed out"}],
        "errors": [{"method": "POST", "url": "http://b.test/", "status": 502}],
    }
    shown = parse_network(json.dumps(log))
    assert [(one.what, one.address, one.reason) for one in shown] == [
        ("blocked", "10.0.0.1:80", "not allowed (2 times)"),
        ("GET", "http://a.test/", "timed out"),
        ("POST", "http://b.test/", "answered 502"),
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"blocked": 3, "failed": [7]}'])
def test_a_broken_log_tells_nothing(text: str):
    assert parse_network(text) == []
