"""Documents that nobody would write, over a real schema: for comparing two executors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
)
from hypothesis import strategies as st

Draw = st.DrawFn
BOOLEANS = ("$yes", "$no", "true", "false")
HEAD = "query ($yes: Boolean!, $no: Boolean!, $some: Int)"
VARIABLES: Mapping[str, object] = {"yes": True, "no": False, "some": 2}
TIMES = ("2020-01-01T00:00:00Z", "2020-06-01T00:00:00Z", "2021-01-01T00:00:00Z")
PAGES = ("first: 1", "first: 3", "last: 2", "first: $some", "first: 0", "")
DEEPEST = 5
WIDEST = 5


@dataclass
class Writer:
    """Writes one document.

    Attributes:
        ids: Global ids to ask with.
        left_out: `Type.field` of what never answers the same twice.
    """

    draw: Draw
    schema: GraphQLSchema
    ids: Sequence[str]
    left_out: frozenset[str]
    fragments: list[str] = field(default_factory=list)
    _names: int = 0

    def write(self) -> str:
        """The text."""
        assert self.schema.query_type is not None
        body = self.select(self.schema.query_type, DEEPEST)
        return "\n".join([f"{HEAD} {body}", *self.fragments])

    def name(self, letter: str) -> str:
        """One that is not taken."""
        self._names += 1
        return f"{letter}{self._names}"

    def choose(self, options: Sequence[str]) -> str:
        """One of them."""
        return self.draw(st.sampled_from(options))

    def sometimes(self, one_in: int) -> bool:
        """Rarely true."""
        return self.draw(st.integers(1, one_in)) == 1

    def select(self, kind: GraphQLNamedType, depth: int) -> str:
        """A selection set."""
        parts = ["__typename"] if self.sometimes(4) else []
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            known = self.usable(kind, depth)
            chosen = self.draw(st.lists(st.sampled_from(known), min_size=1, max_size=WIDEST))
            parts += [self.wrap(self.ask(one, kind.fields[one], depth), kind) for one in chosen]
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType) and depth > 0:
            possible = self.schema.get_possible_types(kind)
            inner = self.draw(st.sampled_from(sorted(possible, key=str)))
            parts.append(f"... on {inner} {self.select(inner, depth - 1)}")
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def usable(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> list[str]:
        """Fields that fit below."""
        names = [name for name in kind.fields if f"{kind.name}.{name}" not in self.left_out]
        if depth > 0:
            return names
        leaves = [n for n in names if not is_composite_type(get_named_type(kind.fields[n].type))]
        return leaves or ["__typename"]

    def ask(self, name: str, asked: GraphQLField | None, depth: int) -> str:
        """One field, with an alias where it has arguments."""
        if name == "__typename" or asked is None:
            return "__typename"
        given = self.give(asked.args)
        text = f"{self.name('a')}: {name}({given})" if given else name
        if not given and self.sometimes(4):
            text = f"{self.name('a')}: {name}"
        if self.sometimes(4):
            text += f" @{self.choose(('skip', 'include'))}(if: {self.choose(BOOLEANS)})"
        named = get_named_type(asked.type)
        return f"{text} {self.select(named, depth - 1)}" if is_composite_type(named) else text

    def give(self, arguments: Mapping[str, GraphQLArgument]) -> str:
        """Arguments: ids and times where needed, the size of a page where there is one."""
        given = []
        for name, argument in arguments.items():
            if isinstance(argument.type, GraphQLNonNull):
                options = {"ID": self.ids, "DateTime": TIMES}[get_named_type(argument.type).name]
                given.append(f'{name}: "{self.choose(options)}"')
        if "first" in arguments:
            given.append(self.choose(PAGES))
        return ", ".join(filter(None, given))

    def wrap(self, text: str, kind: GraphQLNamedType) -> str:
        """Put a field into a fragment now and then."""
        if self.sometimes(6):
            return f"... on {kind} {{ {text} }}"
        if self.sometimes(6):
            return f"... @include(if: {self.choose(BOOLEANS)}) {{ {text} }}"
        if self.sometimes(6):
            name = self.name("f")
            self.fragments.append(f"fragment {name} on {kind} {{ {text} }}")
            return f"...{name}"
        return text


@st.composite
def documents(
    draw: Draw, schema: GraphQLSchema, ids: Sequence[str], left_out: frozenset[str]
) -> str:
    """Any document whose arguments make sense."""
    return Writer(draw, schema, ids, left_out).write()
