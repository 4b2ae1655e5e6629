"""Which file of a directory an address stands for."""

from pathlib import Path

import pytest

from benchmarks.elements.rendering import FOLDER, ORIGIN, Shelf

pytestmark = pytest.mark.unit

OLD = f"{ORIGIN}{FOLDER}/old/a/b"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    site = tmp_path / "pages" / "site"
    for name in ("deep/page.html", "css/a b.css", "root.js", "deep/beside.png"):
        file = site / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "secret.txt").touch()
    (tmp_path / "pages" / "leak.txt").symlink_to(tmp_path / "secret.txt")
    return Shelf(tmp_path / "pages", "site/deep/page.html", "old/a/b/page one.html")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{OLD}/page%20one.html", "page.html"),
        (f"{OLD}/page%20one.html?q=1#top", "page.html"),
        (f"{OLD}/beside.png?v=3", "beside.png"),
        (f"{ORIGIN}{FOLDER}/old/a/css/a%20b.css", "a b.css"),
        (f"{ORIGIN}/root.js", "root.js"),
    ],
)
def test_a_page_finds_what_lies_around_it(shelf: Shelf, url: str, name: str) -> None:
    found = shelf.find(url)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "url",
    [
        f"{ORIGIN}/secret.txt",
        f"{ORIGIN}/leak.txt",
        f"{OLD}/none.png",
        f"{ORIGIN}{FOLDER}/secret.txt",
        "https://example.org/root.js",
        "data:text/plain,x",
    ],
)
def test_nothing_else_exists(shelf: Shelf, url: str) -> None:
    assert shelf.find(url) is None
