"""A manifest holds what clients send: completed, checked as the server checks, known by its hash."""

import hashlib
import json
from pathlib import Path

import pytest

from api.graphql.manifests import Manifest, Mistakes, build_manifest, write_file
from api.graphql.trusted import TrustedDocuments
from graph.support.limits import Limits
from tests.api.graphql.server import serve_toy
from tests.api.graphql.toy import schema

pytestmark = pytest.mark.contract

MINIFIED = "query Hello { hello }"
"""As graphql-codegen's client preset writes it."""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def build(*paths: Path, limits: Limits | None = None) -> Manifest:
    return build_manifest(schema, limits or Limits(), paths)


def mistakes_of(*paths: Path, limits: Limits | None = None) -> list[str]:
    """What is wrong, with the places below the folder of the test."""
    with pytest.raises(Mistakes) as caught:
        build(*paths, limits=limits)
    folder = paths[0].parent
    return [str(one).replace(f"{folder}/", "") for one in caught.value.found]


def write(folder: Path, files: dict[str, str]) -> Path:
    """A folder with files; folders inside it are made."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_every_operation_is_a_document_with_the_fragments_it_uses(tmp_path: Path):
    files = {
        "a.graphql": "query Two { plain { ...Line } } query One { hello }",
        "deep/b.gql": "fragment Inner on Item { id }\nfragment Line on Item { number ...Inner }",
        "deep/c.graphql": "fragment Unused on Item { id }",
    }
    manifest = build(write(tmp_path / "src", files))
    one = "query One {\n  hello\n}"
    two = (
        "query Two {\n  plain {\n    ...Line\n  }\n}\n\n"
        "fragment Line on Item {\n  number\n  ...Inner\n}\n\nfragment Inner on Item {\n  id\n}"
    )
    assert manifest.texts == {digest(one): one, digest(two): two}
    assert [entry.name for entry in manifest.entries] == ["One", "Two"]


def test_documents_stand_in_the_order_of_their_names(tmp_path: Path):
    names = "FBDACE"
    path = write(tmp_path, {f"{one}.gql": f"query {one} {{ hello }}" for one in names})
    write_file(tmp_path / "trusted.json", build(path).texts)
    texts = json.loads((tmp_path / "trusted.json").read_text()).values()
    assert [text[6] for text in texts] == sorted(names)


async def test_the_server_runs_what_was_written_and_nothing_else(tmp_path: Path):
    source = write(tmp_path / "src", {"a.graphql": "query Greet($n: String!) { hello(name: $n) }"})
    manifest = build(source)
    write_file(tmp_path / "trusted.json", manifest.texts)
    [entry] = manifest.entries
    named = {"documentId": f"sha256:{entry.digest}", "variables": {"n": "you"}}
    async with serve_toy(
        trusted_documents=tmp_path / "trusted.json", untrusted_documents_from="nobody"
    ) as server:
        answer = await server.client.post("/graphql", json=named)
        by_text = await server.client.post("/graphql", json={"query": "{ hello }"})
    assert answer.json()["data"] == {"hello": "Hello you"}
    assert by_text.status_code == 403


def test_folders_of_packages_hidden_ones_and_schemas_are_passed_over(tmp_path: Path):
    files = {
        "a.graphql": "query A { hello }",
        "schema.graphql": "type Query { other: Int }",
        "node_modules/x/b.graphql": "query B { nothing }",
        ".cache/c.graphql": "query C { nothing }",
        "notes.txt": "query D { nothing }",
    }
    manifest = build(write(tmp_path, files), tmp_path / "a.graphql")
    assert list(manifest.texts.values()) == ["query A {\n  hello\n}"]


TOOLS = {
    "a plain object": {digest(MINIFIED): MINIFIED},
    "graphql-codegen": {f"sha256:{digest(MINIFIED)}": MINIFIED},
    "Apollo": {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [
            {"id": digest(MINIFIED), "name": "Hello", "type": "query", "body": MINIFIED}
        ],
    },
}


@pytest.mark.parametrize("content", TOOLS.values(), ids=TOOLS.keys())
def test_texts_that_a_tool_has_hashed_stay_as_they_are(tmp_path: Path, content: object):
    path = tmp_path / "persisted.json"
    path.write_text(json.dumps(content), encoding="utf-8-sig")
    assert build(path).texts == {digest(MINIFIED): MINIFIED}


def test_the_manifest_of_before_can_be_kept(tmp_path: Path):
    before, trusted = (
        write(tmp_path / "a", {"a.graphql": "query Old { hello }"}),
        tmp_path / "t.json",
    )
    write_file(trusted, build(before).texts)
    now = write(tmp_path / "b", {"b.graphql": "query New { hello }\nquery Old { hello }"})
    both = build(now, trusted)
    assert [entry.name for entry in both.entries] == ["New", "Old"]
    write_file(trusted, both.texts)
    assert TrustedDocuments.from_file(trusted).find(both.entries[0].digest)


def test_another_hash_is_refused_where_it_stands(tmp_path: Path):
    path = tmp_path / "persisted.json"
    path.write_text(json.dumps({digest(MINIFIED): MINIFIED, "abc": MINIFIED}, indent=2))
    [said] = mistakes_of(path)
    assert said.startswith("persisted.json:3:3: This is not the SHA-256 of its document.")
    assert 'hashAlgorithm: "sha256"' in said


def test_an_old_text_that_no_longer_fits_is_named_by_its_place_in_both(tmp_path: Path):
    text, path = "query Old {\n  hello gone\n}", tmp_path / "persisted.json"
    path.write_text(json.dumps({digest(text): text}))
    [said] = mistakes_of(path)
    assert said.startswith("persisted.json:1:2: Cannot query field 'gone' on type 'Query'.")
    assert said.endswith("(line 2, column 9 of its text)")


WRONG = {
    "syntax": ("query A {\n  hello(\n}", "a.graphql:3:1: Syntax Error: Expected Name, found '}'."),
    "an unknown field": (
        "query A { hello nme }",
        "a.graphql:1:17: Cannot query field 'nme' on type 'Query'. Did you mean 'me'?",
    ),
    "an unknown fragment": (
        "query A {\n  ...Far\n}",
        "a.graphql:2:3: There is no fragment Far here: name its file too.",
    ),
    "a fragment in itself": (
        "query A { item(id: 1) { ...B } } fragment B on Item { ...C } fragment C on Item { ...B }",
        "a.graphql:1:83: The fragment B contains itself.",
    ),
    "two of one name": (
        "query A { hello }\nquery A { me }",
        "a.graphql:2:1: There is another operation A at a.graphql:1:1: rename one of them.",
    ),
    "a nameless one among others": (
        "query A { hello }\n{ me }",
        "a.graphql:2:1: Give this operation a name: it is not alone.",
    ),
    "a type": (
        "query A { hello }\ntype B { c: Int }",
        "a.graphql:2:1: This belongs to a schema: move it to another file.",
    ),
    "no operation": ("fragment A on Item { id }", "a.graphql:1:1: There is no operation here."),
    "a limit": (
        "query A { plain { parent { id } } }",
        "a.graphql:1:1: The document has 3 levels of fields; 2 are allowed.",
    ),
    "a text that is too long": (
        f'query A {{ hello(name: "{"x" * 90}") }}',
        "a.graphql:1:1: Syntax Error: Source contains more than 100 code points. Parsing aborted.",
    ),
    "a cost that no page is short enough for": (
        "query A($n: Int) { dear items(first: $n) { edges { node { id } } } }",
        "a.graphql:1:1: A would cost 52 at least, 20 is allowed: ask for less.",
    ),
}
TIGHT = Limits(depth=2, cost=20, characters=100)
LOOSE = Limits(cost=20)


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_mistake_is_told_with_its_place_and_what_to_do(tmp_path: Path, text: str, said: str):
    path = write(tmp_path, {"a.graphql": text}) / "a.graphql"
    limits = LOOSE if "dear" in text else TIGHT
    assert mistakes_of(path, limits=limits) == [said]


def test_a_mistake_in_a_shared_fragment_is_told_once_where_it_stands(tmp_path: Path):
    files = {
        "a.graphql": "query A { plain { ...Line } } query B { item(id: 1) { ...Line } }",
        "b.graphql": "fragment Line on Item {\n  nothing\n}",
        "c.graphql": "fragment Line on Item { id }",
    }
    write(tmp_path, files)
    assert mistakes_of(*sorted(tmp_path.iterdir())) == [
        "b.graphql:2:3: Cannot query field 'nothing' on type 'Item'.",
        "c.graphql:1:1: There is another fragment Line at b.graphql:1:1: rename one of them.",
    ]


UNREADABLE = {
    "x.graphql": (None, "x.graphql:1:1: No such file or directory."),
    "x.ts": ("", "x.ts:1:1: Files of operations end in .graphql or .gql, manifests in .json."),
    "x.json": ("{\n  1", "x.json:2:3: This is not JSON:"),
    "list.json": ("[]", "list.json:1:1: This is not a manifest:"),
    "ids.json": ('{"a": 1}', "ids.json:1:1: This is not a manifest:"),
    "rows.json": ('{"operations": [1]}', "rows.json:1:1: This is not a manifest:"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_holds_no_operations_is_named(tmp_path: Path, name: str):
    content, said = UNREADABLE[name]
    if content is not None:
        (tmp_path / name).write_text(content)
    [line] = mistakes_of(tmp_path / name)
    assert line.startswith(said)


def test_a_file_in_another_encoding_is_named(tmp_path: Path):
    (tmp_path / "a.graphql").write_bytes('{ hello(name: "é") }'.encode("latin-1"))
    assert mistakes_of(tmp_path / "a.graphql") == ["a.graphql:1:1: It is not in UTF-8."]


def test_costs_are_shown_for_the_shortest_and_the_longest_pages(tmp_path: Path):
    files = {"a.graphql": "query A($n: Int = 5) { items(first: $n) { edges { node { id } } } }"}
    [entry] = build(write(tmp_path, files), limits=Limits(cost=20)).entries
    assert (entry.kind, entry.least_cost, entry.most_cost) == ("query", 2, 101)


def test_a_manifest_that_cannot_be_put_down_leaves_the_old_one(tmp_path: Path):
    source = write(tmp_path / "src", {"a.graphql": "{ hello }"})
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_file(taken, build(source).texts)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["src", "taken"]


def test_differences_to_a_manifest_of_before_are_named(tmp_path: Path):
    source = tmp_path / "src"
    before = build(write(source, {"a.graphql": "query A { hello } query B { hello }"}))
    assert list(before.differences(before.texts)) == []
    changed = build(write(source, {"a.graphql": "query A { hello me } query B { hello }"}))
    assert list(changed.differences(before.texts)) == ["lacks A", "has A, which no file asks for"]


def test_ids_are_those_of_the_operations_in_the_files(tmp_path: Path):
    source, trusted = tmp_path / "src", tmp_path / "trusted.json"
    write_file(trusted, build(write(source, {"a.graphql": "query A { hello }"})).texts)
    now = build(write(source, {"a.graphql": "query A { me }", "b.graphql": "{ hello }"}), trusted)
    text = "query A {\n  me\n}"
    assert len(now.texts) == 3
    assert now.ids == {"A": f"sha256:{digest(text)}"}
