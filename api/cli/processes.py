"""`metamorph api`, `worker` and `scheduler`: one process of each kind, for a supervisor to start.

What they run is imported when they run it: a command line that loads everything is slow to stop.
"""

import gc

import typer

from api.cli.configuration import connected_settings
from domain.shared.settings import Settings

GARBAGE_OBJECTS = 20_000
"""How many new objects there are before cycles are looked for: that takes some milliseconds then."""
GRACEFUL_SECONDS = 5
"""How long open requests and subscriptions may take to end before they are cut off."""


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(api)
    app.command()(worker)
    app.command()(scheduler)


def api() -> None:
    """Serve GraphQL and REST."""
    import uvicorn

    from api.app import create_app
    from api.graphql.bounds import Bounds

    settings = connected_settings()
    app = create_app(settings)
    settle_memory()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        ws_max_size=Bounds().message_bytes,
        ws_per_message_deflate=False,  # 45 KB of memory for each socket, and time for each message
        proxy_headers=False,  # nobody's word for his own address
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def settle_memory() -> None:
    """Keep the garbage collector from what the process is built of, which never becomes garbage.

    Looking through the schema and the modules stops everything for 150 ms, every few thousand
    requests; so does looking as seldom as a start can afford to (`api.cli.main`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)


def worker() -> None:
    """Carry out executions."""
    from domain.shared.logs import configure_logs
    from workers.main import run

    configure_logs()
    run(_settings_with_keys("DATA", "LINKS"))


def scheduler() -> None:
    """Fire timers, relay the outbox, reap lost executions."""
    from domain.shared.logs import configure_logs
    from workers.scheduler import run

    configure_logs()
    run(_settings_with_keys("DATA"))


def _settings_with_keys(*uses: str) -> Settings:
    """Settings of a process, once the keys it uses are there."""
    from api.stack.keys import KeyUse, prepare_keys

    settings = connected_settings()
    prepare_keys(settings, *(KeyUse[use] for use in uses))
    return settings
