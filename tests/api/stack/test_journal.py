"""Logs stay bounded, and the last line of one explains why its writer ended."""

import json

import pytest

from api.stack import journal
from api.stack.journal import Journal, last_words, rotate_logs

pytestmark = pytest.mark.contract


def test_every_line_is_one_json_object(tmp_path):
    Journal(tmp_path).write("crashed", part="api", last_line='a "quoted"\nline')
    lines = (tmp_path / "supervisor.log").read_text().splitlines()
    entry = json.loads(lines[0])
    assert (len(lines), entry["event"], entry["part"]) == (1, "crashed", "api")
    assert entry["timestamp"].endswith("+00:00")


def test_a_log_that_cannot_be_written_costs_only_itself(tmp_path, capsys):
    Journal(tmp_path / "missing").write("started")
    assert "cannot write" in capsys.readouterr().err


def test_a_large_log_is_set_aside_while_its_writer_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "ROTATE_BYTES", 10)
    with (tmp_path / "api.log").open("ab", buffering=0) as writer:
        writer.write(b"an old line\n")
        rotate_logs(tmp_path)
        writer.write(b"new\n")
        rotate_logs(tmp_path)
    assert (tmp_path / "api.log.1").read_text() == "an old line\n"
    assert (tmp_path / "api.log").read_text() == "new\n"


def test_the_last_words_are_the_last_line_that_is_not_empty(tmp_path):
    log = tmp_path / "worker.log"
    log.write_text("first\nRedisError: away\n\n")
    assert last_words(log) == "RedisError: away"
    log.write_text("")
    assert last_words(log) == "nothing was logged"
    assert last_words(tmp_path / "none.log") == "no log"
