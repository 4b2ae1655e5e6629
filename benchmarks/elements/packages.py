"""Packages of pages from npm: fetched once, checked against their digests, and unpacked."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from benchmarks.elements.sites import Published
from benchmarks.report import OUTPUT
from e2e.node_clients import UNREACHABLE, CannotTry

CACHE = OUTPUT / "packages" / "pages"
FETCH_SECONDS = 110
TEXTS = (".html", ".css", ".js", ".mjs", ".json")
PICTURES = (".svg", ".png", ".jpg", ".jpeg", ".gif", ".ico")
FONTS = (".woff", ".woff2", ".ttf", ".eot")
KEPT = frozenset((*TEXTS, *PICTURES, *FONTS))
LARGEST_BYTES = 4_000_000
LEFT_OUT = frozenset(
    {"docs", "documentation", "node_modules", "src", "scss", "less", "test", "tests"}
)


def unpack(published: Published, pages: Path) -> Path:
    """The folder of a version below `pages`, with all that its pages need.

    Raises:
        CannotTry: npm is missing, or does not reach the registry that it is set to.
        RuntimeError: npm complains about something else, or the package is not the pinned one.
    """
    target = pages / published.name
    if not target.exists():
        archive = fetch(published)
        with tempfile.TemporaryDirectory(prefix="new-", dir=pages) as made:
            extract(archive, Path(made), published.folder)
            (Path(made) / "package").rename(target)
    return target


def fetch(published: Published) -> Path:
    """The package as a file.

    Raises:
        CannotTry: npm is missing, or does not reach the registry that it is set to.
        RuntimeError: npm complains about something else, or the package is not the pinned one.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    file = CACHE / f"{published.name}.tgz"
    if not file.is_file():
        with tempfile.TemporaryDirectory(prefix="new-", dir=CACHE) as made:
            pack(f"{published.package}@{published.version}", Path(made))
            (packed,) = Path(made).glob("*.tgz")
            packed.rename(file)
    check(file, published)
    return file


def pack(wanted: str, directory: Path) -> None:
    """Let npm fetch a package into a directory."""
    if shutil.which("npm") is None:
        raise CannotTry("npm is not there, which fetches the packages of pages")
    command = ["npm", "pack", wanted, "--ignore-scripts", "--loglevel=error", "--silent"]
    command += ["--pack-destination", str(directory.resolve())]
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS,
            cwd=directory,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotTry(f"npm does not get {wanted} in time") from error
    except subprocess.CalledProcessError as error:
        if reason := UNREACHABLE.search(error.stderr):
            raise CannotTry(f"npm cannot fetch {wanted} ({reason.group()})") from error
        raise RuntimeError(f"npm pack {wanted}:\n{error.stderr}") from error


def check(file: Path, published: Published) -> None:
    """See that a file is the package that was pinned; one that is not is thrown away."""
    digest = base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()
    if digest != published.integrity:
        file.unlink()
        raise RuntimeError(f"{published.name} is not the package that was pinned: sha512-{digest}")


def extract(archive: Path, directory: Path, folder: str) -> None:
    """Unpack what a browser can show; `folder` is where the pages are."""
    with tarfile.open(archive) as packed:
        members = [one for one in packed.getmembers() if is_kept(one, folder)]
        packed.extractall(directory, members=members, filter="data")


def is_kept(member: tarfile.TarInfo, folder: str) -> bool:
    """Whether a page may need a file."""
    path = Path(member.name)
    small = member.isfile() and member.size <= LARGEST_BYTES
    return (
        small and path.suffix.lower() in KEPT and (LEFT_OUT - {folder}).isdisjoint(path.parts[:2])
    )
