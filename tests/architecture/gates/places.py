"""The repository runs anywhere: no path or host of the machine it was written on."""

import re
from collections.abc import Iterator

from tests.architecture.gates.source import SourceFile, Violation

HOW = "use a relative path, a temporary folder or a setting; public addresses only"
_CHECKOUTS = "|".join(("work", "root", "mnt", "srv", "workspace", "workspaces", "Users"))
MACHINE_PATHS = re.compile(
    rf"(?<![\w.:/}}\])$*-])/(?:{_CHECKOUTS})/[\w.]"
    r"|(?<![\w.:/}\])$*-])/home/(?!metamorph\b|app\b)\w+"
    r"|(?:\.\./)+shared/|/opt/[\w-]*(?:wheel|pypi)|file:///(?:opt|home|work)|/tmp/\w+_jobs"
)
SETUP_FILES = re.compile(
    r"^(locks/|\.ci/|\.github/|docs/|Makefile|Dockerfile|compose|pyproject\.toml|README|\.pre-commit)"
)
INDEX_OPTIONS = re.compile(
    r"--(?:extra-)?index-url|--find-links|\bindex-url\s*=|(?:PIP|UV)_\w*INDEX"
)
URL_HOST = re.compile(r"\b(?:https?|git\+https|wss?)://(?:[^/@\s\"']*@)?([\w.-]+)")
PUBLIC_HOSTS = re.compile(
    r"(^|\.)(pypi\.org|pythonhosted\.org|github\.com|githubusercontent\.com|python\.org|docker\.(io|com)"
    r"|mitre\.org|json-schema\.org|graphql\.org|the-guild\.dev|npmjs\.com|djangoproject\.com"
    r"|postgresql\.org|redis\.io|sqlalchemy\.org|strawberry\.rocks|ietf\.org|rfc-editor\.org"
    r"|w3\.org|playwright\.dev|readthedocs\.io|example\.(com|org|net|test)|test|localhost"
    r"|dramatiq\.io|astral\.sh|debian\.org|keepachangelog\.com|semver\.org|mozilla\.org)$"
    r"|^127\.0\.0\.1$|^0\.0\.0\.0$|^localhost$|^(api|postgres|redis|worker)$"
)


def find_machine_places(file: SourceFile) -> Iterator[Violation]:
    """Absolute paths of checkouts and homes, private package indexes, unknown hosts in set-up."""
    if file.is_vendored:
        return
    for number, line in enumerate(file.lines, 1):
        found = MACHINE_PATHS.search(line)
        if found:
            yield file.broken(number, f"{found.group()!r} exists on one machine only", HOW)
        if SETUP_FILES.match(file.path):
            yield from _check_setup_line(file, number, line)


def _check_setup_line(file: SourceFile, number: int, line: str) -> Iterator[Violation]:
    if INDEX_OPTIONS.search(line) and "--no-" not in line:
        yield file.broken(number, "a package index is chosen here", "leave it to the user's pip")
    for host in URL_HOST.findall(line):
        if not PUBLIC_HOSTS.search(host):
            yield file.broken(number, f"{host} is no known public host", HOW)
