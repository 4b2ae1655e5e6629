"""Deletes everything a stack keeps: `python -m api.stack.clean`, behind `make clean`."""

import shutil
import sys

from api.stack.control import stop_stack
from api.stack.errors import StackError
from api.stack.home import remove_home
from api.stack.record import lock_path
from domain.shared.settings import Settings


def main() -> int:
    """Stop the stack, then delete its servers' files, wherever they are, and its directory."""
    var_dir = Settings().var_dir.absolute()
    if not lock_path(var_dir).exists():  # never deletes a directory that no stack has used
        return 0
    try:
        stop_stack(var_dir)
    except StackError as error:
        sys.stderr.write(f"metamorph: {error}\n")
        return 1
    for server in ("postgres", "redis"):
        remove_home(var_dir / server)
    shutil.rmtree(var_dir, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
