"""A GraphQL client as an outsider writes it: HTTP for requests, graphql-transport-ws for streams."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

PROTOCOL = "graphql-transport-ws"
REQUEST_SECONDS = 30
SILENCE_SECONDS = 60
"""How long a stream is tried to be had again before it is given up."""

LOOK_AGAIN_SECONDS = 0.2


class GraphQLFailed(RuntimeError):
    """The API refused; the message says why."""


class Client:
    """One signed-in person.

    Args:
        url: The API's address, without `/graphql`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.AsyncClient(base_url=url, timeout=REQUEST_SECONDS)
        self._token: str | None = None

    async def log_in(self, email: str, password: str) -> None:
        """Sign in; later requests and streams carry the access token."""
        answer = await self.mutate(
            "login",
            "mutation($input: LoginInput!) { login(input: $input) { accessToken userErrors { message } } }",
            {"email": email, "password": password},
        )
        self._token = answer["accessToken"]

    async def query(self, document: str, **variables: Any) -> dict[str, Any]:
        """Send a document; returns `data`.

        Raises:
            GraphQLFailed: the answer has errors, or is none of GraphQL's.
            httpx.HTTPError: nobody answers.
        """
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        body = {"query": document, "variables": variables}
        response = await self._http.post("/graphql", json=body, headers=headers)
        answer = _read_answer(response)
        if answer.get("errors"):
            raise GraphQLFailed("; ".join(one["message"] for one in answer["errors"]))
        data: dict[str, Any] = answer["data"]
        return data

    async def mutate(self, name: str, document: str, value: dict[str, Any]) -> dict[str, Any]:
        """Send a mutation with one `input`; returns its payload.

        Raises:
            GraphQLFailed: the payload has user errors, or the answer has errors.
        """
        payload: dict[str, Any] = (await self.query(document, input=value))[name]
        if payload["userErrors"]:
            raise GraphQLFailed("; ".join(one["message"] for one in payload["userErrors"]))
        return payload

    async def watch(self, document: str, **variables: Any) -> AsyncGenerator[dict[str, Any]]:
        """Subscribe; a broken connection is made anew and goes on `after` the last event's `seq`.

        Raises:
            GraphQLFailed: the API refused.
            ConnectionError: it could not be reached again.
        """
        heard = time.monotonic()
        while time.monotonic() - heard < SILENCE_SECONDS:
            try:
                async for event in self._subscribe(document, variables):
                    heard = time.monotonic()
                    variables["after"] = event["seq"]
                    yield event
                return
            except (ConnectionClosed, InvalidHandshake, OSError):
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
        raise ConnectionError(f"{self.url} could not be reached for {SILENCE_SECONDS} seconds.")

    async def _subscribe(
        self, document: str, variables: dict[str, Any]
    ) -> AsyncGenerator[dict[str, Any]]:
        url = self.url.replace("http", "ws", 1) + "/graphql"
        async with connect(url, subprotocols=[PROTOCOL]) as socket:  # type: ignore[list-item]
            token = {"Authorization": f"Bearer {self._token}"}
            await socket.send(json.dumps({"type": "connection_init", "payload": token}))
            payload = {"query": document, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "next":
                    if message["payload"].get("errors"):
                        raise GraphQLFailed(str(message["payload"]["errors"]))
                    (event,) = message["payload"]["data"].values()
                    yield event
                elif message["type"] == "error":
                    raise GraphQLFailed(str(message["payload"]))
                elif message["type"] == "complete":
                    return

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _read_answer(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; something else listens where the API should.

    Raises:
        GraphQLFailed: it is not one.
    """
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not answer.keys() & {"data", "errors"}:
        words = f"{response.url} answered {response.status_code}, and not as GraphQL does."
        raise GraphQLFailed(words)
    return answer
