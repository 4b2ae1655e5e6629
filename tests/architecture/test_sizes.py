"""The size gates find what is too long, however it is folded."""

import pytest

from tests.architecture.gates.scripts import find_long_script_functions, find_long_script_lines
from tests.architecture.gates.sizes import find_long_files, find_long_functions
from tests.architecture.plants import lines_found

pytestmark = pytest.mark.unit

LINE = "    x = 1\n"
DEEP = "        x = 1\n"
JS = "  let x = 1;\n"


@pytest.mark.parametrize("path", ["domain/a/b.py", "tests/test_a.py", "benchmarks/engine.py"])
def test_a_file_of_401_lines_is_too_long(path: str) -> None:
    assert lines_found(find_long_files, "x = 1\n" * 400, path) == []
    assert lines_found(find_long_files, "x = 1\n" * 401, path) == [401]


@pytest.mark.parametrize(
    "path", ["workers/browser/page.js", "domain/a/b.sql", "api/reports/r.html"]
)
def test_own_scripts_and_pages_have_the_same_limit(path: str) -> None:
    assert lines_found(find_long_files, "a\n" * 401, path) == [401]


def test_vendored_assets_are_free_but_python_beside_them_is_not() -> None:
    assert lines_found(find_long_files, "a\n" * 9000, "api/graphiql/graphiql.js") == []
    assert lines_found(find_long_files, "x = 1\n" * 401, "api/graphiql/page.py") == [401]


FUNCTIONS = {
    "a plain function": ("def f():\n" + LINE * 60, [1]),
    "an async function": ("async def f():\n" + LINE * 60, [1]),
    "one line less": ("def f():\n" + LINE * 59, []),
    "a method": ("class A:\n    def f(self):\n" + DEEP * 60, [2]),
    "decorators count": ("@a\n@b\ndef f():\n" + LINE * 58, [1]),
    "a nested function hides nothing": (
        "def f():\n" + LINE * 30 + "    def g():\n" + DEEP * 29 + "    g()\n",
        [1],
    ),
    "a lambda": ("f = lambda: [\n" + "    1,\n" * 60 + "]\n", [1]),
    "a block at module level": ("if x:\n" + LINE * 60, [1]),
    "a block in a class": ("class A:\n    for x in y:\n" + DEEP * 60, [2]),
    "a main block": ('if __name__ == "__main__":\n' + LINE * 60, [1]),
    "code in a string": ('PAGE = """\n' + "  a();\n" * 60 + '"""\n', [1]),
    "a table of data may be long": ("X = [\n" + "    1,\n" * 80 + "]\n", []),
    "many short functions": ("def f():\n    x = 1\n\n\n" * 60, []),
}


@pytest.mark.parametrize(("text", "expected"), FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_functions_over_sixty_lines_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_long_functions, text) == expected


SCRIPTS = {
    "a function": ("function f() {\n" + JS * 60 + "}\n", [1]),
    "an arrow": ("const a = 1;\nconst f = (x) => {\n" + JS * 60 + "};\n", [2]),
    "a method": ("class A {\n  run(x = g()) {\n" + JS * 60 + "  }\n}\n", [2]),
    "one line less": ("function f() {\n" + JS * 58 + "}\n", []),
    "a long if is measured with its function": (
        "function f() {\n  if (x) {\n" + JS * 60 + "  }\n}\n",
        [1],
    ),
    "one wrapper around the file is free": (
        "// About.\n(() => {\n" + "  function f() {\n    g();\n  }\n" * 40 + "})();\n",
        [],
    ),
    "a long function in the wrapper is not": (
        "(() => {\n  function f() {\n" + JS * 60 + "  }\n})();\n",
        [2],
    ),
    "a wrapper without functions is a long function": ("(() => {\n" + JS * 60 + "})();\n", [1]),
    "braces in strings and comments": (
        "function f() {\n  // {\n  let a = '{', b = `{`, c = /{/;\n}\n" + "g();\n" * 90,
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_script_functions_over_sixty_lines_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_long_script_functions, text, "workers/browser/page.js") == expected


def test_a_script_is_not_packed_into_long_lines() -> None:
    packed = "let a = 1;\n" + "f();" * 36
    assert lines_found(find_long_script_lines, packed, "workers/browser/page.js") == [2]
    assert lines_found(find_long_script_lines, packed, "api/graphiql/graphiql.js") == []
