"""`python -m tests.architecture.gates`: print every violation of the tree, one per line."""

import sys
from pathlib import Path

from tests.architecture.gates import find_all
from tests.architecture.gates.source import read_tree


def main() -> int:
    """Report to standard output; the exit code says whether anything was found."""
    root = Path(__file__).resolve().parents[3]
    found = sorted(set(find_all(read_tree(root))))
    for violation in found:
        sys.stdout.write(f"{violation}\n")
    sys.stdout.write(f"{len(found)} violation(s)\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
