"""Run benchmarks by name, or all of them."""

import importlib
import sys

MODULES = {
    "engine": "benchmarks.engine",
    "browser": "benchmarks.browser",
    "graphql": "benchmarks.graphql.measure",
    "subscriptions": "benchmarks.subscriptions.measure",
    "elements": "benchmarks.elements.measure",
}


def main() -> None:
    """Run what was asked for."""
    asked = sys.argv[1:] or list(MODULES)
    unknown = [name for name in asked if name not in MODULES]
    if unknown:
        sys.exit(f"No benchmark named {', '.join(unknown)}; there are {', '.join(MODULES)}.")
    for name in asked:
        importlib.import_module(MODULES[name]).run()


if __name__ == "__main__":
    main()
