"""Run benchmarks by name, or all of them."""

import importlib
import sys

NAMES = ("engine", "browser", "graphql")


def main() -> None:
    """Run what was asked for."""
    asked = sys.argv[1:] or NAMES
    unknown = [name for name in asked if name not in NAMES]
    if unknown:
        sys.exit(f"No benchmark named {', '.join(unknown)}; there are {', '.join(NAMES)}.")
    for name in asked:
        importlib.import_module(f"benchmarks.{name}").run()


if __name__ == "__main__":
    main()
