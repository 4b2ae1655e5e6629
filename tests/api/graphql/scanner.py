"""What graphql-cop looks for, asked the way it asks; each probe says whether it found something."""

from collections.abc import Awaitable, Callable

import httpx

Probe = Callable[[httpx.AsyncClient], Awaitable[bool]]

PATH = "/graphql"
PAGES = ("/graphiql", "/playground", "/console", "/graphql")
PAGE_MARKS = ("graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground")
CIRCLE = "fields { type { " * 4 + "name" + " } }" * 4
LOOP = """query { __schema { ...A } }
fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }"""
PROBES: dict[str, Probe] = {}


def probe(name: str) -> Callable[[Probe], Probe]:
    """Add a probe under the name that the tool reports."""

    def add(function: Probe) -> Probe:
        PROBES[name] = function
        return function

    return add


async def scan(client: httpx.AsyncClient) -> set[str]:
    """The names of everything that was found."""
    return {name for name, look in PROBES.items() if await look(client)}


def find(answer: httpx.Response, *path: str) -> object:
    """A value in an answer; None where there is none, or the answer is no JSON."""
    try:
        value: object = answer.json()
    except ValueError:
        return None
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


async def ask(client: httpx.AsyncClient, query: str) -> httpx.Response:
    """Send a document as every client does."""
    return await client.post(PATH, json={"query": query})


@probe("Introspection")
async def introspection(client: httpx.AsyncClient) -> bool:
    answer = await ask(client, "query { __schema { types { name fields { name } } } }")
    return bool(find(answer, "data", "__schema", "types"))


@probe("Introspection-based Circular Query")
async def circular_introspection(client: httpx.AsyncClient) -> bool:
    answer = await ask(client, f"query {{ __schema {{ types {{ {CIRCLE} }} }} }}")
    return bool(find(answer, "data", "__schema", "types"))


@probe("Circular Fragment")
async def circular_fragment(client: httpx.AsyncClient) -> bool:
    return "errors" not in (await ask(client, LOOP)).json()


@probe("Alias Overloading")
async def alias_overloading(client: httpx.AsyncClient) -> bool:
    aliases = " ".join(f"alias{number}:__typename" for number in range(101))
    return bool(find(await ask(client, f"query {{ {aliases} }}"), "data", "alias100"))


@probe("Field Duplication")
async def field_duplication(client: httpx.AsyncClient) -> bool:
    answer = await ask(client, f"query {{ {'__typename ' * 500} }}")
    return bool(find(answer, "data", "__typename"))


@probe("Directive Overloading")
async def directive_overloading(client: httpx.AsyncClient) -> bool:
    errors = find(await ask(client, f"query {{ __typename {'@aa' * 10} }}"), "errors")
    return isinstance(errors, list) and len(errors) == 10


@probe("Array-based Query Batching")
async def batching(client: httpx.AsyncClient) -> bool:
    answer = await client.post(PATH, json=[{"query": "query { __typename }"}] * 11)
    return answer.is_success and isinstance(answer.json(), list)


@probe("Field Suggestions")
async def field_suggestions(client: httpx.AsyncClient) -> bool:
    return "Did you mean" in (await ask(client, "query { __schema { directive } }")).text


@probe("GET Method Query Support")
async def query_by_get(client: httpx.AsyncClient) -> bool:
    answer = await client.get(PATH, params={"query": "{__typename}"})
    return bool(find(answer, "data", "__typename"))


@probe("Mutation is allowed over GET")
async def mutation_by_get(client: httpx.AsyncClient) -> bool:
    answer = await client.get(PATH, params={"query": "mutation {__typename}"})
    return bool(find(answer, "data", "__typename"))


@probe("POST based url-encoded query")
async def form(client: httpx.AsyncClient) -> bool:
    sent = {"query": "query {__typename}"}
    answers = [await client.post(PATH, params=sent), await client.post(PATH, data=sent)]
    return any(find(answer, "data", "__typename") for answer in answers)


@probe("GraphQL IDE")
async def ide(client: httpx.AsyncClient) -> bool:
    accept = {"Accept": "text/html"}
    pages = [(await client.get(page, headers=accept)).text for page in PAGES]
    return any(mark in page for page in pages for mark in PAGE_MARKS)


@probe("Trace Mode")
async def tracing(client: httpx.AsyncClient) -> bool:
    answers = [await ask(client, query) for query in ("query { __typename }", "query { nothing }")]
    told = " ".join(answer.text.lower() for answer in answers)
    return any(word in told for word in ('"tracing"', '"exception"', "stacktrace"))


@probe("Unhandled Errors Detection")
async def unhandled_error(client: httpx.AsyncClient) -> bool:
    answer = await ask(client, "qwerty cop { abc }")
    return answer.status_code >= 500 or '"exception"' in answer.text.lower()
