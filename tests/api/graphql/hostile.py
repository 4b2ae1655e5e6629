"""Documents that are small to write and large to answer."""

from itertools import pairwise


def write_bomb(levels: int = 20, leaf: str = "hello") -> str:
    """Fragments that each spread the next one twice: two to the power of `levels` fields."""
    spread = "fragment {0} on Query{{...{1}...{1}}}"
    names = [f"a{level}" for level in range(levels)]
    chain = "".join(spread.format(name, following) for name, following in pairwise(names))
    return f"{{...{names[0]}}}{chain}fragment {names[-1]} on Query{{{leaf}}}"


def write_nested(depth: int) -> str:
    """A document with exactly `depth` levels of fields."""
    inner = "number"
    for _ in range(depth - 2):
        inner = f"parent{{{inner}}}"
    return f"{{plain{{{inner}}}}}"


def write_circular_introspection() -> str:
    """Types of fields of types of fields, as far as a server lets one go."""
    return "{__schema{types{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}"
