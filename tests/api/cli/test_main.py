"""Expected failures end in one line and exit code 1; anything else stays a traceback."""

import errno

import pytest

from api.cli import main
from api.stack.errors import StackError

pytestmark = pytest.mark.unit


def raising(error: Exception):
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (StackError("port 1 is in use"), "metamorph: port 1 is in use\n"),
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), "/data/x: No space left"),
        (OSError(errno.EROFS, "Read-only file system", "/data/x"), "METAMORPH_VAR_DIR"),
    ],
)
def test_what_can_be_expected_is_one_line(monkeypatch, capsys, error, line):
    monkeypatch.setattr(main, "app", raising(error))
    with pytest.raises(SystemExit) as ended:
        main.run()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert line in said
    assert said.count("\n") == 1


def test_a_programming_error_is_not_hidden(monkeypatch):
    monkeypatch.setattr(main, "app", raising(FileNotFoundError(errno.ENOENT, "gone", "x")))
    with pytest.raises(FileNotFoundError):
        main.run()
