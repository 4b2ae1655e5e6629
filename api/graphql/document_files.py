"""Reads what a client will ask: the operations of its files, and manifests that its tools wrote."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graphql import (
    DefinitionNode,
    ExecutableDefinitionNode,
    FragmentDefinitionNode,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    Source,
    get_location,
    parse,
)

SUFFIXES = (".graphql", ".gql")
FOREIGN_FOLDERS = frozenset({"node_modules"})


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands; lines and columns begin with one."""

    file: str
    line: int = 1
    column: int = 1

    @classmethod
    def of(cls, node: Node) -> "Place":
        """Where a node was read."""
        if node.loc is None:
            return cls("")
        found = get_location(node.loc.source, node.loc.start)
        return cls(node.loc.source.name, found.line, found.column)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """Something that keeps a document out of a manifest, and what to do about it."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class HashedText:
    """A document that a tool has hashed already: the client will name it by this id."""

    place: Place
    id: str
    text: str


@dataclass
class ClientDocuments:
    """What the files of one client hold together: fragments serve operations of other files."""

    operations: list[OperationDefinitionNode] = field(default_factory=list)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    texts: list[HashedText] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    @classmethod
    def read(cls, paths: Sequence[Path]) -> "ClientDocuments":
        """Read files and folders; what is wrong with them is noted."""
        found = cls()
        for path in find_files(paths):
            try:
                found._read(path)
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "It is not in UTF-8"
                found._note(Place(str(path)), f"{reason}.")
        return found

    def _read(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix not in (*SUFFIXES, ".json"):
            words = f"Files of operations end in {' or '.join(SUFFIXES)}, manifests in .json."
            self._note(Place(str(path)), words)
            return
        if path.suffix == ".json":
            self._read_manifest(path, text)
        else:
            self._read_definitions(path, text)

    def _read_definitions(self, path: Path, text: str) -> None:
        try:
            definitions = parse(Source(text, str(path))).definitions
        except GraphQLSyntaxError as error:
            line, column = error.locations[0] if error.locations else (1, 1)
            self._note(Place(str(path), line, column), error.message)
            return
        if not any(isinstance(one, ExecutableDefinitionNode) for one in definitions):
            return  # a schema that lies among the operations
        operations = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
        for definition in definitions:
            if isinstance(definition, FragmentDefinitionNode):
                self._add_fragment(definition)
            elif not isinstance(definition, OperationDefinitionNode):
                words = "This belongs to a schema: move it to another file."
                self._note(Place.of(definition), words)
        for operation in operations:
            self._add_operation(operation, is_alone=len(operations) == 1)

    def _add_fragment(self, fragment: FragmentDefinitionNode) -> None:
        first = self.fragments.setdefault(fragment.name.value, fragment)
        if first is not fragment:
            self._refuse_second(fragment, first, f"fragment {fragment.name.value}")

    def _add_operation(self, operation: OperationDefinitionNode, *, is_alone: bool) -> None:
        name = operation.name.value if operation.name else None
        if name is None and not is_alone:
            self._note(Place.of(operation), "Give this operation a name: it is not alone.")
        for other in self.operations:
            if name is not None and other.name is not None and other.name.value == name:
                self._refuse_second(operation, other, f"operation {name}")
        self.operations.append(operation)

    def _refuse_second(self, second: DefinitionNode, first: DefinitionNode, what: str) -> None:
        words = f"There is another {what} at {Place.of(first)}: rename one of them."
        self._note(Place.of(second), words)

    def _read_manifest(self, path: Path, text: str) -> None:
        try:
            texts = read_texts(text)
        except json.JSONDecodeError as error:
            place = Place(str(path), error.lineno, error.colno)
            self._note(place, f"This is not JSON: {error.msg}.")
            return
        except ValueError as error:
            self._note(Place(str(path)), str(error))
            return
        for identity, document in texts.items():
            offset = max(text.find(f'"{identity}"'), 0)
            before = text[:offset]
            place = Place(str(path), before.count("\n") + 1, offset - before.rfind("\n"))
            self.texts.append(HashedText(place, identity, document))

    def _note(self, place: Place, message: str) -> None:
        self.mistakes.append(Mistake(place, message))


def find_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files that are named, and those of operations in folders that are, each once."""
    known: set[Path] = set()
    for path in paths:
        for file in walk(path) if path.is_dir() else [path]:
            if file.resolve() not in known:
                known.add(file.resolve())
                yield file


def walk(folder: Path) -> Iterator[Path]:
    """Files of operations at any depth; not those of packages, nor in hidden folders."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if name not in FOREIGN_FOLDERS and not name.startswith(".")
        )
        yield from (Path(parent, name) for name in sorted(files) if name.endswith(SUFFIXES))


def read_texts(manifest: str) -> dict[str, str]:
    """The documents of a manifest by their ids.

    Ours, Relay's and that of graphql-codegen's client preset are one object; Apollo's has a list.

    Raises:
        ValueError: It is not a manifest.
    """
    value: object = json.loads(manifest)
    if isinstance(value, dict) and isinstance(value.get("operations"), list):
        rows = [row if isinstance(row, dict) else {} for row in value["operations"]]
        value = {row.get("id"): row.get("body") for row in rows}
    if not isinstance(value, dict) or not all(
        isinstance(one, str) for pair in value.items() for one in pair
    ):
        raise ValueError("This is not a manifest: one is an object of documents by their SHA-256.")
    return value
