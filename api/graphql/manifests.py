"""Makes the manifest of trusted documents: completed, checked as the server does, and hashed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    print_ast,
)
from strawberry import Schema

from api.graphql.document_files import SUFFIXES, ClientDocuments, HashedText, Mistake, Place
from api.graphql.documents import Documents, digest_of
from api.graphql.trusted import PREFIX
from graph.support.limits import Limits, Measured
from graph.support.masking import RequestRefused
from graph.support.paging import MAX_PAGE

HOW_TO_HASH = 'Let the tool hash with SHA-256 (graphql-codegen: hashAlgorithm: "sha256").'
NAME = re.compile(r"\b(?:query|mutation|subscription)\s+(\w+)")


class Mistakes(Exception):
    """Nothing was made; every reason is in `found`, once."""

    def __init__(self, found: Sequence[Mistake]) -> None:
        self.found = tuple(sorted(set(found)))
        super().__init__("\n".join(map(str, self.found)))


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation of a document of the manifest."""

    digest: str
    text: str
    place: Place
    measured: Measured

    @property
    def name(self) -> str:
        """What the client calls the operation; nothing where it has no name."""
        return self.measured.name or ""

    @property
    def kind(self) -> str:
        """Query, mutation or subscription."""
        return self.measured.operation.operation.value

    @property
    def least_cost(self) -> int:
        """With the shortest pages that variables can ask for."""
        return self._cost_with(1)

    @property
    def most_cost(self) -> int:
        """With the longest ones."""
        return self._cost_with(MAX_PAGE)

    def _cost_with(self, size: int) -> int:
        variables = self.measured.operation.variable_definitions or ()
        return self.measured.cost({one.variable.name.value: size for one in variables})


class Manifest:
    """Documents by their SHA-256, in the order of their names."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = sorted(entries, key=lambda one: (one.name, one.digest))

    @property
    def texts(self) -> Mapping[str, str]:
        """What METAMORPH_TRUSTED_DOCUMENTS names."""
        return {entry.digest: entry.text for entry in self.entries}

    @property
    def ids(self) -> Mapping[str, str]:
        """What a client sends as `documentId`, by the names of the operations in its files.

        Tools that hash know their ids already, and those of before have the same names.
        """
        own = (one for one in self.entries if one.name and one.place.file.endswith(SUFFIXES))
        return {entry.name: f"{PREFIX}{entry.digest}" for entry in own}

    def differences(self, written: Mapping[str, str]) -> Iterator[str]:
        """What a manifest that was written before lacks, and what it has too much."""
        texts = self.texts
        for entry in self.entries:
            if written.get(entry.digest) != entry.text:
                yield f"lacks {entry.name or entry.digest}"
        for digest in written:
            if digest not in texts:
                name = NAME.search(written[digest])
                yield f"has {name[1] if name else digest}, which no file asks for"


def write_file(path: Path, content: Mapping[str, str]) -> None:
    """Write a JSON file, complete or not at all.

    Raises:
        OSError: It cannot be written.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def build_manifest(schema: Schema, limits: Limits, paths: Sequence[Path]) -> Manifest:
    """Make a manifest of all operations in files, folders and manifests of other tools.

    Raises:
        Mistakes: Something is wrong with them, or there is none.
    """
    builder = _Builder(Documents(schema._schema, limits, suggest=True), limits)
    found = ClientDocuments.read(paths)
    mistakes = list(found.mistakes)
    for operation in found.operations:
        mistakes += builder.add_operation(operation, found.fragments)
    for text in found.texts:
        mistakes += builder.add_text(text)
    if not builder.entries and not mistakes:
        mistakes = [Mistake(Place(str(path)), "There is no operation here.") for path in paths]
    if mistakes:
        raise Mistakes(mistakes)
    return Manifest(builder.entries)


class _Builder:
    """Checks one document after the other and keeps the good ones."""

    def __init__(self, documents: Documents, limits: Limits) -> None:
        self._documents = documents
        self._limits = limits
        self.entries: list[Entry] = []

    def add_operation(
        self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> Iterator[Mistake]:
        """An operation becomes a document with the fragments it uses."""
        place = Place.of(operation)
        used: dict[str, FragmentDefinitionNode] = {}
        missing = list(collect_fragments(operation.selection_set, fragments, used))
        for spread in missing:
            words = f"There is no fragment {spread.name.value} here: name its file too."
            yield Mistake(Place.of(spread), words)
        if missing:
            return
        tree = DocumentNode(definitions=(operation, *used.values()))
        try:
            self._documents.check(tree)
        except RequestRefused as refused:
            for error in refused.errors:
                yield Mistake(Place.of(error.nodes[0]) if error.nodes else place, error.message)
            return
        yield from self._add(print_ast(tree), place)

    def add_text(self, given: HashedText) -> Iterator[Mistake]:
        """A hashed text is taken as it is, for the client knows it by its hash."""
        if given.id.removeprefix(PREFIX).lower() != digest_of(given.text):
            yield Mistake(given.place, f"This is not the SHA-256 of its document. {HOW_TO_HASH}")
            return
        yield from self._add(given.text, given.place, is_as_given=True)

    def _add(self, text: str, place: Place, *, is_as_given: bool = False) -> Iterator[Mistake]:
        try:
            document = self._documents.prepare(text)
        except RequestRefused as refused:
            for error in refused.errors:
                where = ""
                if is_as_given and error.locations:
                    line, column = error.locations[0]
                    where = f" (line {line}, column {column} of its text)"
                yield Mistake(place, error.message + where)
            return
        if any(entry.digest == document.digest for entry in self.entries):
            return  # the manifest of before holds it too
        for measured in document.operations:
            entry = Entry(document.digest, text, place, measured)
            self.entries.append(entry)
            if entry.least_cost > self._limits.cost:
                cost = f"cost {entry.least_cost} at least, {self._limits.cost} is allowed"
                yield Mistake(place, f"{entry.name or 'This'} would {cost}: ask for less.")


def collect_fragments(
    selections: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    used: dict[str, FragmentDefinitionNode],
) -> Iterator[FragmentSpreadNode]:
    """Add the fragments that are used, in the order of their first use; gives unknown ones back."""
    for selection in selections.selections:
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            fragment = fragments.get(name)
            if fragment is None:
                yield selection
            elif name not in used:
                used[name] = fragment
                yield from collect_fragments(fragment.selection_set, fragments, used)
        elif isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
            yield from collect_fragments(selection.selection_set, fragments, used)
