"""Says which elements of two pages are the same, by what they do or by what only they have.

Where a link leads, which field a control sends, which widget of which part a button works: such
evidence counts where exactly one element of each page has it, and where no other evidence speaks
against it. The product's own code has no part in this.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from benchmarks.elements.pairs import Element

MOST_TITLES = 3
"""Of a page, for elements that nobody presses."""
MOST_REMOVED = 6
"""Of a page pair."""
FOLDERS = frozenset({"pages", "dist", "production", "examples", ".", ""})
RENAMED = {
    "forms/elements": "forms/general",
    "mailbox/inbox": "mailbox/mailbox",
    "mailbox/read": "mailbox/read-mail",
    "password": "forgot-password",
}
"""Pages that got another name, for all sites."""
MOVED = re.compile(r"/edit/(\d+)/")
"""An address that names its record another way since Wagtail 5."""
ONE_WIDGET = {
    "remove": "close",
    "dismiss": "close",
    "push-menu": "menu",
    "pushmenu": "menu",
    "sidebar": "menu",
    "pill": "tab",
}
GENERATED = re.compile(
    r"\d{3,}|^(ui-id|select2|cke|DataTables|note|jvectormap|mp_|ext-|radix)", re.I
)
WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Facts:
    """What `page/facts.js` tells of an element."""

    path: str
    kind: str
    region: str = "main"
    heading: str = ""
    row: str = ""
    text: str = ""
    label: str = ""
    hint: str = ""
    id: str = ""
    name: str = ""
    value: str = ""
    href: str = ""
    widget: str = ""
    aim: str = ""
    classes: str = ""
    sends: str = ""
    visible: bool = True

    @classmethod
    def read(cls, told: dict[str, object]) -> "Facts":
        """From what the script returned."""
        return cls(**{one.name: told[one.name] for one in fields(cls)})  # type: ignore[arg-type]


def page_name(path: str) -> str:
    """A page's name, whatever folder its version keeps it in."""
    parts = path.removesuffix(".html").split("/")
    name = "/".join(part for part in parts if part.lower() not in FOLDERS).lower()
    return RENAMED.get(name, name)


def destination(href: str, page: str) -> str:
    """Where a link leads, seen from a page of its site; empty for nowhere."""
    href = href.strip()
    if not href or href.startswith(("#", "javascript:", "?#")):
        return ""
    if re.match(r"[a-z]+:|//", href, re.I):
        return href.partition(":")[2].rstrip("/").lower()
    if href.startswith(("/", "?")):
        return MOVED.sub(r"/\1/", href).replace("/new/", "/add/")
    target, mark, rest = re.sub(r"#$", "", href).partition("#")
    if not target:
        return ""
    return (
        page_name(posixpath.normpath(posixpath.join(posixpath.dirname(page), target))) + mark + rest
    )


def evidence(one: Facts, page: str) -> Iterator[str]:
    """What may tell an element from all others of its page, strongest first."""
    if one.id and not GENERATED.search(one.id):
        yield f"id {one.id}"
    if one.name and one.kind != "press":
        yield f"field {one.name} {one.value}"
    elif one.name:
        yield f"sends {one.name}"
    leads = destination(one.href, page)
    if leads:
        yield f"leads to {leads} in {one.region}"
        if one.row:
            yield f"leads to {leads} in row {one.row}"
    if one.sends:
        yield f"sends {one.sends}: {plain(one.text)}"
    yield from worked(one)
    said = plain(one.text or one.label or one.hint)
    if said:
        place = plain(one.heading) if one.region == "main" else one.region
        yield f"{one.kind} {said} in {place}"
        if one.row:
            yield f"{one.kind} {said} in row {plain(one.row)}"


def worked(one: Facts) -> Iterator[str]:
    """The widget that a button works, and whose."""
    widget = one.widget.replace("card-", "").replace("chat-pane-toggle", "chat-pane").strip()
    if "collapse-link" in one.classes:
        widget = "collapse"
    if "close-link" in one.classes:
        widget = "close"
    if not widget or widget in {"tooltip", "popover"}:
        return
    does = " ".join(sorted({ONE_WIDGET.get(word, word) for word in widget.split()} - {"tooltip"}))
    aim = one.aim or (one.href if one.href.startswith("#") and len(one.href) > 1 else "")
    if aim and not GENERATED.search(aim):
        yield f"works {does} of {aim}"
    elif does in {"collapse", "close", "maximize", "refresh", "chat-pane"} and one.heading:
        yield f"works {does} of {plain(one.heading)}"
    elif does in {"menu", "fullscreen", "control-sidebar", "navbar-search"}:
        yield f"works {does} in {one.region}"


def plain(text: str) -> str:
    """Text without case and without what decorates it."""
    return re.sub(r"[\s:*…]+", " ", text).strip().casefold()


def pair_elements(
    old: Sequence[Facts], new: Sequence[Facts], old_page: str, new_page: str
) -> list[tuple[Facts, Facts]]:
    """Visible elements that are the same beyond doubt."""
    before, after = unique(old, old_page), unique(new, new_page)
    claims: dict[int, set[int]] = {}
    back: dict[int, set[int]] = {}
    for key, index in before.items():
        if key in after:
            claims.setdefault(index, set()).add(after[key])
            back.setdefault(after[key], set()).add(index)
    pairs = []
    for index, claimed in sorted(claims.items()):
        other = next(iter(claimed))
        if len(claimed) == 1 and len(back[other]) == 1:
            pairs.append((old[index], new[other]))
    return [(a, b) for a, b in pairs if a.visible and b.visible and a.kind == b.kind]


def unique(page: Sequence[Facts], path: str) -> dict[str, int]:
    """Evidence that one element alone has: its index."""
    found = [(key, index) for index, one in enumerate(page) for key in set(evidence(one, path))]
    count = Counter(key for key, _ in found)
    return {key: index for key, index in found if count[key] == 1}


def find_removed(
    old: Sequence[Facts], new: Sequence[Facts], old_page: str, new_page: str
) -> list[Facts]:
    """Visible elements that nothing of the new page resembles in any way."""
    there = {key for one in new for key in evidence(one, new_page)}
    words = {word for one in new for word in words_of(one)}
    gone = [
        one
        for one in old
        if one.visible
        and one.kind != "title"
        and words_of(one)
        and not words_of(one) & words
        and not any(key in there for key in evidence(one, old_page))
    ]
    return gone[:MOST_REMOVED]


def words_of(one: Facts) -> set[str]:
    """Everything that an element is called, in words."""
    called = " ".join((one.text, one.label, one.hint, one.name, one.id, one.href, one.aim))
    return {word.casefold() for word in WORD.findall(called.replace("_", " "))} - {
        "html",
        "javascript",
    }


def choose(
    old: Sequence[Facts], new: Sequence[Facts], pages: tuple[str, str], *, frame: bool, most: int
) -> list[Element]:
    """The elements of a page pair that are tried.

    Args:
        frame: whether what all pages of a site have (menu, header, footer) is tried on this one.
        most: how many that survived; more are thinned out evenly.
    """
    kept: list[tuple[Facts, Facts]] = []
    titles = 0
    for before, after in pair_elements(old, new, *pages):
        titles += before.kind == "title"
        if before.kind == "title" and (titles > MOST_TITLES or before.region != "main"):
            continue
        if frame or before.region == "main":
            kept.append((before, after))
    step = max(1, -(-len(kept) // most))
    gone = [one for one in find_removed(old, new, *pages) if frame or one.region == "main"]
    return [Element(a.path, b.path) for a, b in kept[::step]] + [
        Element(one.path, None) for one in gone
    ]
