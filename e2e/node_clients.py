"""The clients in `e2e/clients`, made ready with Node: packages once per lock file, codegen, tsc."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SOURCES = Path(__file__).parent / "clients"
SCHEMA = ROOT / "graph" / "schema.graphql"
PACKAGES = ROOT / "var" / "e2e" / "packages"
LOCKED = ("package.json", "package-lock.json", ".npmrc")
MIN_NODE = 20
COMMAND_SECONDS = 110
CHECK = re.compile(r'^check\("([^"]+)"', re.MULTILINE)
UNREACHABLE = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT"
)


class CannotTry(Exception):
    """Something of another house is missing; the message says what, in one line."""


class ClientFailed(RuntimeError):
    """A command ended with an error; the message is what it wrote."""


@dataclass(frozen=True)
class BuiltClients:
    """Programs that are ready to run."""

    directory: Path

    def run(self, program: str, *words: str, given: str = "") -> list[dict[str, Any]]:
        """What a program told, line by line.

        Raises:
            ClientFailed: it broke before it had told anything.
        """
        command = ["node", f"dist/src/{program}.js", *words]
        done = _call(command, self.directory, given)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        if not lines:
            raise ClientFailed(done.stderr)
        return lines


def find_check_names() -> list[str]:
    """The names of everything that the clients try, as they stand in the sources."""
    files = sorted((SOURCES / "src" / "checks").glob("*.ts"))
    return [name for file in files for name in CHECK.findall(file.read_text("utf-8"))]


def build(directory: Path) -> BuiltClients:
    """Generate and compile the clients in `directory`, which may be empty.

    Raises:
        CannotTry: Node is missing or too old, or the packages cannot be fetched from here.
        ClientFailed: the documents do not fit the schema, or the types do not fit.
    """
    check_node()
    shutil.copytree(SOURCES, directory, dirs_exist_ok=True, ignore=_ignore_products)
    (directory / "node_modules").symlink_to(install_packages() / "node_modules")
    for command in (
        ["node", "codegen.mjs", str(SCHEMA)],
        ["node", "node_modules/typescript/bin/tsc"],
    ):
        _call_well(command, directory)
    return BuiltClients(directory)


def check_node() -> None:
    """See that Node is here.

    Raises:
        CannotTry: it is not, or it is too old.
    """
    advice = f"install Node.js {MIN_NODE} or newer with npm to run the clients in e2e/clients"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise CannotTry(f"There is no Node.js with npm on this machine; {advice}.")
    said = _call_well(["node", "--version"], SOURCES).strip()
    if int(said.lstrip("v").partition(".")[0]) < MIN_NODE:
        raise CannotTry(f"The Node.js on this machine is {said}; {advice}.")


def install_packages() -> Path:
    """The folder that holds the locked packages; they are fetched once per lock file.

    Raises:
        CannotTry: the registry that npm is set to cannot be reached.
        ClientFailed: npm complains about something else.
    """
    digest = hashlib.sha256(b"".join((SOURCES / name).read_bytes() for name in LOCKED))
    home = PACKAGES / digest.hexdigest()[:16]
    if home.exists():
        return home
    PACKAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="new-", dir=PACKAGES) as made:
        unpacked = Path(made) / "packages"
        unpacked.mkdir()
        for name in LOCKED:
            shutil.copy(SOURCES / name, unpacked)
        done = _call(["npm", "ci", "--ignore-scripts", "--loglevel=error"], unpacked)
        if done.returncode != 0:
            reason = UNREACHABLE.search(done.stderr)
            if reason:
                raise CannotTry(f"npm cannot fetch the packages of e2e/clients ({reason.group()}).")
            raise ClientFailed(f"npm ci:\n{done.stderr}")
        if not home.exists():
            unpacked.rename(home)
    return home


def _ignore_products(_: str, names: list[str]) -> set[str]:
    return {"node_modules", "build", "dist"} & set(names)


def _call_well(command: list[str], directory: Path) -> str:
    done = _call(command, directory)
    if done.returncode != 0:
        raise ClientFailed(f"{' '.join(command[:2])}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _call(command: list[str], directory: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    quiet = {"NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}
    return subprocess.run(
        command,
        check=False,
        input=given,
        capture_output=True,
        text=True,
        cwd=directory,
        env=dict(os.environ) | quiet,
        timeout=COMMAND_SECONDS,
    )
