"""The `metamorph` command: collects its groups, and turns expected failures into one line."""

import errno
import gc
import sys

import typer

from api.cli import (
    accounts,
    audit,
    documents,
    elements,
    keys,
    mail,
    migrate,
    processes,
    pulse,
    stack,
)
from api.cli import doctor as doctor_command
from api.stack.errors import StackError

GARBAGE_OBJECTS = 100_000
"""How many new objects there are before Python looks for cycles among them: at 700, the default,
looking takes an eighth of every start, while modules are loaded, and finds nothing."""
_PLACE_ERRORS = {errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EPERM}

app = typer.Typer(
    name="metamorph",
    help="Plan missions, run them for real, and prove what happened.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
GROUPS = (
    *(stack, processes, migrate, accounts, mail, keys, audit, elements, documents),
    *(doctor_command, pulse),
)
for group in GROUPS:
    group.register(app)


def run() -> None:
    """The console script: exit code 1 and one line on standard error for what can be expected."""
    gc.set_threshold(GARBAGE_OBJECTS)
    try:
        app()
    except StackError as error:
        _fail(str(error))
    except OSError as error:
        if error.errno not in _PLACE_ERRORS:
            raise
        _fail(
            f"cannot write {error.filename or 'a file'}: {error.strerror}. Free space or fix its "
            "permissions, or set METAMORPH_VAR_DIR to another directory"
        )


def _fail(reason: str) -> None:
    sys.stderr.write(f"metamorph: {reason}\n")
    sys.exit(1)


if __name__ == "__main__":
    run()
