"""`python -m benchmarks.elements [DIRECTORY]`: measure page pairs, somebody's own or the default ones."""

import sys
from pathlib import Path

from benchmarks.elements.measure import measure_directory, run
from benchmarks.elements.pairs import BadPairs


def main() -> None:
    """Measure the pairs in the directory named on the command line."""
    if len(sys.argv) > 2:
        sys.exit("usage: python -m benchmarks.elements [DIRECTORY with a pairs.json in it]")
    if len(sys.argv) == 1:
        run()
        return
    try:
        measure_directory(Path(sys.argv[1]))
    except BadPairs as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
