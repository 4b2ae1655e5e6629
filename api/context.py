"""Who is behind a request or a socket, and the context every operation starts with."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket

from api.answers import address_of, request_id_of
from api.budgets import Budgets
from api.cookies import read_cookies
from api.limits import note_refusal, note_standing, read_owed
from domain.accounts.access_tokens.create import PREFIX
from domain.accounts.access_tokens.use import use_access_token
from domain.accounts.actors import load_actor
from domain.accounts.sessions import Authority
from domain.shared.actor import Actor
from domain.shared.errors import TooMany, Unauthenticated
from domain.shared.live import LiveSignals
from domain.shared.settings import Settings
from domain.shared.together import Together
from domain.shared.unit_of_work import UnitsOfWork
from graph.support.context import Context, SignIn

SignedInAs = tuple[UUID, UUID, UUID]
"""A person, a workspace and a session."""
HEADER = "authorization"
SCHEME = "bearer"


@dataclass(frozen=True)
class TokenSignIn:
    """Whoever holds an access token; the session behind it is looked up each time.

    Attributes:
        token: As the client sent it, None for nobody. It is judged only when somebody asks who
            acts: a client whose token has expired must still be able to refresh it.
        actors: Looks people up, those who ask at the same moment together.
    """

    token: str | None
    authority: Authority
    actors: Together[SignedInAs, Actor | None]

    async def read_actor(self) -> Actor | None:
        """The actor with today's permissions; None where no token was sent.

        Raises:
            Unauthenticated: the token is not valid, or its session has ended.
        """
        if self.token is None:
            return None
        claims = self.authority.tokens.verify(self.token)
        actor = await self.actors.ask((claims.user_id, claims.workspace_id, claims.session_id))
        if actor is None:
            raise Unauthenticated("This session has ended. Sign in again.")
        return actor

    @property
    def expires_in_seconds(self) -> float | None:
        """Seconds until the token ends, zero where it is not valid; None for nobody."""
        if self.token is None:
            return None
        try:
            claims = self.authority.tokens.verify(self.token)
        except Unauthenticated:
            return 0.0
        return (claims.expires_at - self.authority.clock.now()).total_seconds()


@dataclass
class ScriptSignIn:
    """Whoever holds a personal access token; it is looked up each time.

    Attributes:
        token: As the client sent it.
    """

    token: str
    authority: Authority
    units: UnitsOfWork
    _expires_at: datetime | None = None

    async def read_actor(self) -> Actor | None:
        """The actor with today's permissions, as far as the token's scopes go.

        Raises:
            Unauthenticated: the token is not valid any more.
        """
        script = await use_access_token(self.units, self.token, self.authority.clock.now())
        if script is None:
            raise Unauthenticated("This access token is not valid any more.")
        self._expires_at = script.expires_at
        return script.actor

    @property
    def expires_in_seconds(self) -> float:
        """Seconds until the token ends; no end where it was not looked up yet."""
        if self._expires_at is None:
            return math.inf
        return (self._expires_at - self.authority.clock.now()).total_seconds()


@dataclass(frozen=True)
class Contexts:
    """Makes contexts for `GraphQLEndpoint`.

    Attributes:
        extras: Services of single features, by the names they look them up with.
    """

    settings: Settings
    units: UnitsOfWork
    live: LiveSignals
    authority: Authority
    extras: Mapping[str, object]
    budgets: Budgets
    actors: Together[SignedInAs, Actor | None] = field(init=False)

    def __post_init__(self) -> None:
        """One place where people are looked up."""
        object.__setattr__(self, "actors", Together(self._load_actor))

    def for_request(self, request: Request) -> Context:
        """For one HTTP request."""
        context = self._make(request, read_header(request))
        context.cookies = read_cookies(request, self.settings)
        return context

    def for_socket(self, socket: WebSocket, payload: dict[str, object]) -> Context:
        """For one socket: `connection_init` carries what the header would."""
        found = [value for name, value in payload.items() if name.lower() == HEADER]
        return self._make(socket, read_bearer(found))

    async def authenticate(self, request: Request) -> Actor:
        """Who sends a request outside GraphQL.

        Raises:
            Unauthenticated: nobody, or not any more.
            TooMany: this person or the workspace asks too often.
        """
        actor = await self.for_request(request).actor()
        try:
            note_standing(request, await self.budgets.charge_person(actor))
        except TooMany as refusal:
            note_refusal(request, refusal)
            raise
        return actor

    async def _load_actor(self, signed_in: SignedInAs) -> Actor | None:
        user_id, workspace_id, session_id = signed_in
        reader = self.units.database.reader(workspace_id, user_id)
        return await load_actor(reader, user_id, workspace_id, session_id)

    def _sign_in(self, token: str | None) -> SignIn:
        if token is not None and token.startswith(PREFIX):
            return ScriptSignIn(token, self.authority, self.units)
        return TokenSignIn(token, self.authority, self.actors)

    def _make(self, connection: HTTPConnection, token: str | None) -> Context:
        return Context(
            request_id=request_id_of(connection),
            settings=self.settings,
            units=self.units,
            live=self.live,
            sign_in=self._sign_in(token),
            extras=self.extras,
            client_address=address_of(connection),
            client_device=connection.headers.get("user-agent", ""),
            credential="" if token is None else hash_token(token),
            owed=read_owed(connection),
        )


def hash_token(token: str) -> str:
    """What stands for a token where nobody needs the token itself."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def read_header(request: Request) -> str | None:
    """The access token of a request, None where there is no such header."""
    return read_bearer(list(request.headers.getlist(HEADER)))


def read_bearer(values: list[object]) -> str | None:
    """The token in `Bearer …`; whatever else was sent is a token that nobody issued."""
    if not values:
        return None
    scheme, _, token = str(values[0]).strip().partition(" ")
    return token.strip() if len(values) == 1 and scheme.lower() == SCHEME else ""
