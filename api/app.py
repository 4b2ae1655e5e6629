"""The composition root of the API: settings become stores, keys, schema, routes and middleware."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from api.answers import answer_domain_error, answer_http_error
from api.budgets import Budgets
from api.cli.configuration import connected_settings
from api.context import Contexts
from api.graphql.bounds import Bounds
from api.graphql_endpoint import PATH as GRAPHQL_PATH
from api.graphql_endpoint import GraphQLEndpoint
from api.limits import HEADERS as RATE_LIMIT_HEADERS
from api.metrics import Metrics
from api.middleware.bodies import BodyCap
from api.middleware.headers import SecurityHeaders
from api.middleware.limits import RequestLimits
from api.middleware.origins import Origins
from api.middleware.proxies import ClientAddress
from api.middleware.requests import QUIET_ROUTES, REQUEST_ID_HEADER, RequestLog
from api.readiness import Stores
from api.reports.build import Reports
from api.routes.audit import audit_routes
from api.routes.diag import diag_routes
from api.routes.elements import PATH as ELEMENTS_PATH
from api.routes.elements import elements_routes
from api.routes.evidence import evidence_routes
from api.routes.health import health_routes
from api.routes.jwks import jwks_routes
from api.routes.metrics import metrics_routes
from api.routes.reports import reports_routes
from api.routes.schemas import schemas_routes
from api.stack.errors import StackError
from api.stack.keys import KeyUse, prepare_keys
from domain.accounts.attempts import CountedAttempts
from domain.accounts.credentials.device_tokens import DeviceTokens
from domain.accounts.credentials.link_tokens import LinkTokens
from domain.accounts.keys import FollowedSigningKeys
from domain.accounts.passwords import Passwords
from domain.accounts.sessions import Authority
from domain.accounts.tokens import AccessTokens
from domain.evidence.links import LinkSigner
from domain.evidence.storage import EvidenceStorage
from domain.reactions import react
from domain.shared.clock import SystemClock
from domain.shared.crypto import Sealer
from domain.shared.database import Database
from domain.shared.errors import DomainError
from domain.shared.jobs import Outlet
from domain.shared.key_files import KeyTrouble
from domain.shared.live import LiveSignals
from domain.shared.logs import configure_logs
from domain.shared.settings import Settings
from domain.shared.tasks import end_task
from domain.shared.unit_of_work import UnitsOfWork
from domain.shared.windows import Windows
from graph.accounts.authority import AUTHORITY
from graph.evidence.links import SIGNER, STORAGE
from graph.missions.sealing import SEALER
from graph.schema import schema
from graph.support.limits import Limits
from graph.support.metering import METER
from migrations.apply import head_revision
from workers.broker import make_outlet

REDIS_CONNECT_SECONDS = 2.0
OWN_BODY_CAPS = ("/graphql", "/api/v1/evidence/", ELEMENTS_PATH)
ENGINE_CONNECTIONS = 1
"""The engine's role is asked only how much there is to do."""
CORS_METHODS = ("GET", "POST", "PUT")
CORS_HEADERS = ("Authorization", "Content-Type", "X-Metamorph-CSRF")
CORS_EXPOSED = (REQUEST_ID_HEADER, "Retry-After", *RATE_LIMIT_HEADERS)


@dataclass(frozen=True)
class Parts:
    """What the routes are made of; tests replace single parts."""

    settings: Settings
    database: Database
    engine: Database
    redis: Redis
    outlet: Outlet
    authority: Authority
    live: LiveSignals
    metrics: Metrics
    budgets: Budgets

    storage: EvidenceStorage
    signer: LinkSigner
    sealer: Sealer

    @property
    def contexts(self) -> Contexts:
        """What operations start with."""
        return Contexts(
            settings=self.settings,
            units=UnitsOfWork(self.database, self.outlet, react),
            live=self.live,
            authority=self.authority,
            extras={
                AUTHORITY: self.authority,
                SIGNER: self.signer,
                STORAGE: self.storage,
                SEALER: self.sealer,
                METER: self.budgets,
            },
            budgets=self.budgets,
        )


def create_app(settings: Settings | None = None) -> Starlette:
    """The ASGI application, from the environment unless settings are given.

    It starts, and answers 503, while the database or Redis are away.
    """
    configure_logs()
    return assemble(make_parts(settings or connected_settings()))


def make_parts(settings: Settings) -> Parts:
    """Open nothing yet, but know where everything is.

    Raises:
        StackError: a key is missing where none may be made, or is none.
    """
    prepare_keys(settings, *KeyUse)
    redis = Redis.from_url(settings.redis_url, socket_connect_timeout=REDIS_CONNECT_SECONDS)
    clock, sealer = SystemClock(), Sealer.from_settings(settings)
    windows = Windows(redis, patience_seconds=settings.limits_patience_seconds)
    tokens = AccessTokens(read_keys(settings), settings.base_url, clock)
    return Parts(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        engine=Database(settings.engine_database_url, pool_size=ENGINE_CONNECTIONS),
        redis=redis,
        outlet=make_outlet(settings.redis_url, redis),
        authority=Authority(
            Passwords(),
            tokens,
            clock,
            LinkTokens.from_directory(settings.keys_dir),
            CountedAttempts(windows),
            sealer,
            DeviceTokens.from_directory(settings.keys_dir),
        ),
        live=LiveSignals(redis),
        metrics=Metrics(),
        budgets=Budgets(windows, settings),
        storage=EvidenceStorage(settings.evidence_dir),
        signer=LinkSigner.from_directory(settings.keys_dir, clock),
        sealer=sealer,
    )


def read_keys(settings: Settings) -> FollowedSigningKeys:
    """The signing keys, followed; one that cannot be used ends the start with one line.

    Raises:
        StackError: names the file.
    """
    try:
        return FollowedSigningKeys(settings.keys_dir)
    except KeyTrouble as error:
        raise StackError(str(error)) from error


def assemble(parts: Parts) -> Starlette:
    """Put the parts together."""
    stores = Stores(parts.database, parts.redis, head_revision())

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as closing:
            closing.callback(parts.authority.passwords.close)
            closing.push_async_callback(parts.database.close)
            closing.push_async_callback(parts.engine.close)
            closing.push_async_callback(parts.redis.aclose)
            await parts.live.start()
            closing.push_async_callback(parts.live.stop)
            waiting = asyncio.create_task(stores.wait_until_complete(), name="wait-for-stores")
            closing.push_async_callback(end_task, waiting)
            yield

    return Starlette(
        routes=make_routes(parts, stores),
        middleware=make_middleware(parts),
        exception_handlers={DomainError: answer_domain_error, HTTPException: answer_http_error},
        lifespan=lifespan,
    )


def make_routes(parts: Parts, stores: Stores) -> list[BaseRoute]:
    """Every route of the product."""
    contexts = parts.contexts
    limits, bounds = Limits.from_settings(parts.settings), make_bounds(parts.settings)
    endpoint = GraphQLEndpoint(schema, parts.settings, contexts, limits, bounds)
    watch = parts.metrics.watch
    watch("metamorph_subscriptions_open", "Subscriptions.", lambda: endpoint.open_streams)
    watch("metamorph_feeds_open", "Streams that are read.", lambda: endpoint.open_feeds)
    watch("metamorph_openings_held", "Clients of sockets.", lambda: endpoint.held_openings)
    watch("metamorph_live_listeners", "Listeners for signals.", lambda: parts.live.listener_count)
    reports = Reports(parts.database, parts.storage, parts.signer, parts.authority.clock)
    return [
        Route("/", introduce),
        *endpoint.routes,
        *evidence_routes(parts.database, parts.storage, parts.signer),
        *reports_routes(reports, parts.signer, contexts.authenticate, parts.authority.clock),
        *audit_routes(contexts.units, contexts.authenticate),
        *elements_routes(contexts.units, contexts.authenticate),
        *health_routes(stores),
        *metrics_routes(parts.metrics, parts.engine),
        *diag_routes(parts.database),
        *jwks_routes(parts.authority.tokens.keys),
        *schemas_routes(parts.settings.base_url),
    ]


def make_bounds(settings: Settings) -> Bounds:
    """What a client may take of memory, as far as an operator has a say."""
    return Bounds(
        body_bytes=settings.graphql_body_bytes,
        operations=settings.socket_operations,
        address_openings=settings.limits_address_sockets,
        person_openings=settings.limits_user_sockets,
    )


def make_middleware(parts: Parts) -> list[Middleware]:
    """From the outside in."""
    return [
        Middleware(ClientAddress, trusted=parts.settings.trusted_proxies),
        Middleware(SecurityHeaders, encrypted=parts.settings.base_url.startswith("https://")),
        Middleware(
            Origins,
            allow_origins=parts.settings.allowed_origins,
            allow_methods=CORS_METHODS,
            allow_headers=CORS_HEADERS,
            allow_credentials=True,
            expose_headers=CORS_EXPOSED,
        ),
        Middleware(RequestLog, metrics=parts.metrics),
        Middleware(
            RequestLimits,
            budgets=parts.budgets,
            uncounted=QUIET_ROUTES,
            counted_later=frozenset({GRAPHQL_PATH}),
        ),
        Middleware(BodyCap, own_caps=OWN_BODY_CAPS),
    ]


async def introduce(_: Request) -> JSONResponse:
    """`GET /`: where to go from here."""
    return JSONResponse({"name": "Metamorph", "graphql": "/graphql", "ready": "/readyz"})
