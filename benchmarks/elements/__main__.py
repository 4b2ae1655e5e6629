"""`python -m benchmarks.elements DIRECTORY`: measure page pairs of somebody's own."""

import sys
from pathlib import Path

from benchmarks.elements.measure import measure_directory


def main() -> None:
    """Measure the pairs in the directory named on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m benchmarks.elements DIRECTORY (with a pairs.json in it)")
    directory = Path(sys.argv[1])
    if not (directory / "pairs.json").is_file():
        sys.exit(f"There is no pairs.json in {directory}; see benchmarks/elements/__init__.py.")
    measure_directory(directory)


if __name__ == "__main__":
    main()
