"""Tells what survives a rebuild of a page from what a framework made up on the spot.

The patterns are plain enough to mean the same in Python and in JavaScript: the
browser side receives them as strings and must not keep a second copy.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from domain.elements.masking import mask_text

# React's useId, Radix, Headless UI, Ember, YUI, GWT, ExtJS, MUI, Angular CDK and friends
# number their elements; hashes and long numbers are never chosen by an author.
GENERATED_ID_PATTERN: Final = (
    r"^:r[0-9a-z]+:$|:r[0-9a-z]+:|^«r[0-9a-z]+»$"
    r"|^(?:ember|ext-gen|ext-comp-|gwt-uid-|yui_|ui-id-|el-id-|uid)\d"
    r"|^(?:mui|cdk|mat|ng|radix|headlessui|react|rc|downshift|chakra|mantine|tippy|popper)"
    r"[-_:][-_:\w]*\d"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-"
    r"|^(?=[0-9a-f-]*\d)[0-9a-f-]{10,}$"
    r"|\d{5,}"
)
# Styled-components, Emotion, JSS, Svelte, Vue and Angular scopes; then words that say in
# which state an element is, not which element it is.
TRANSIENT_CLASS_PATTERN: Final = (
    r"^(?:css|sc|jsx|jss|svelte|emotion|makeStyles|data-v)-?[-\w]*\d[-\w]*$"
    r"|^sc-[A-Za-z]{5,}$|^_?ng(?:host|content)-|^ng-"
    r"|^(?:is|has|js|was)-"
    r"|^(?:active|selected|open|opened|closed|show|shown|hide|hidden|visible|hover|focus|focused"
    r"|focus-visible|focus-within|disabled|enabled|checked|loading|loaded|collapsed|collapse"
    r"|collapsing|expanded|pressed|current|dirty|pristine|touched|untouched|valid|invalid|error"
    r"|in|fade|initialized|odd|even|first|last)$"
    r"|--(?:active|selected|open|hover|focus|disabled|checked|expanded|loading|current)$"
    r"|^[0-9a-f]{6,}$|\d{5,}"
)
# CSS modules write `Button_root__3fK2x`: the part before the hash is the author's.
CLASS_HASH_SUFFIX_PATTERN: Final = r"__[A-Za-z0-9_-]{5,}$"

_GENERATED_ID: Final = re.compile(GENERATED_ID_PATTERN)
_TRANSIENT_CLASS: Final = re.compile(TRANSIENT_CLASS_PATTERN)
_CLASS_HASH_SUFFIX: Final = re.compile(CLASS_HASH_SUFFIX_PATTERN)
_VARIABLE_SEGMENT: Final = re.compile(
    r"^\d+$|^[0-9a-f]{8}-[0-9a-f-]{27}$|^(?=[^/]*\d)[0-9a-f]{8,}$|^(?=[^/]*\d)[\w-]{16,}$",
    re.IGNORECASE,
)
LONGEST_PATTERN: Final = 500
_QUOTED: Final = {ord(mark): quote(mark) for mark in "%&=+#\t\r\n"}
"""What would end the name of a parameter, or be read as something else."""
_ADDRESS: Final = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*):)?(?://[^/?#]*)?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>[\s\S]*))?",
    re.IGNORECASE,
)
_IGNORED: Final = {ord(mark): "" for mark in "\t\r\n"}
"""What browsers leave out of addresses."""
_CSRF: Final = re.compile(r"csrf|xsrf|nonce|authenticity|requestverification", re.IGNORECASE)


def is_generated(identifier: str) -> bool:
    """Say whether an id looks made by a program rather than chosen by an author."""
    return _GENERATED_ID.search(identifier) is not None


def stable_classes(classes: Iterable[str]) -> tuple[str, ...]:
    """Return the classes that name the element, sorted, without hashes and states."""
    kept = {_CLASS_HASH_SUFFIX.sub("", name) for name in classes if name}
    return tuple(sorted(name for name in kept if not _TRANSIENT_CLASS.search(name)))


def is_transient_attribute(name: str) -> bool:
    """Say whether an attribute changes with every page view or with the element's state."""
    return (
        _CSRF.search(name) is not None
        or name.startswith(("data-v-", "_ng", "ng-", "data-react", "on"))
        or name in {"style", "class", "id", "integrity", "srcset", "data-state"}
        or (name.startswith("aria-") and name not in {"aria-label", "aria-haspopup"})
    )


class Address(NamedTuple):
    """The parts of an address besides its origin."""

    scheme: str
    path: str
    query: str
    fragment: str


def split_address(url: str) -> Address:
    """Take any text apart as an address, by the expression of RFC 3986, appendix B.

    Pages hold malformed ones, and masking makes hosts that the standard library refuses.
    """
    found = _ADDRESS.fullmatch(url.translate(_IGNORED).strip())
    assert found is not None, "it matches every text"
    return Address(*(part or "" for part in found.group("scheme", "path", "query", "fragment")))


def url_pattern(url: str) -> str:
    """Return a page's address without origin and without what differs from record to record.

    `http://host/users/42/edit?page=2#/tab/7` becomes `/users/*/edit?page#/tab/*`. The origin is
    left out because the same test runs against several installations of one application. What looks
    personal or secret differs from record to record too, whatever part of the address it is.
    A pattern is its own pattern.
    """
    parts = split_address(url)
    if parts.scheme.lower() in {"data", "about", "blob", "javascript"}:
        return f"{parts.scheme.lower()}:"
    # Two slashes would begin the name of a host.
    pattern = _path_pattern(f"/{parts.path.lstrip('/')}") + _query_pattern(parts.query)
    if parts.fragment.startswith(("/", "!/")):
        path, _, query = parts.fragment.partition("?")
        pattern += "#" + _path_pattern(path) + _query_pattern(query)
    return pattern[:LONGEST_PATTERN]


def _path_pattern(path: str) -> str:
    return "/".join(_mark(part) if part else part for part in path.split("/"))


def _query_pattern(query: str) -> str:
    names = sorted({_mark(name) for name, _ in parse_qsl(query, keep_blank_values=True)})
    return "?" + "&".join(name.translate(_QUOTED) for name in names) if names else ""


def _mark(part: str) -> str:
    """One part of an address, or a star where it is not the page's but a record's."""
    plain = unquote(part)
    is_variable = len(part) > LONGEST_PATTERN or _VARIABLE_SEGMENT.match(part)
    return "*" if is_variable or mask_text(plain) != plain else part
