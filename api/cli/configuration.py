"""The settings a command works with: the environment's, completed from a stack that runs here."""

from pydantic import ValidationError

from api.stack.errors import StackError
from api.stack.record import StackUrls, find_running
from domain.shared.settings import Settings


def read_settings() -> Settings:
    """What `METAMORPH_*` says, with `var_dir` made absolute.

    Raises:
        StackError: a variable has no valid value; names the first such variable.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        variable = f"METAMORPH_{'_'.join(str(part) for part in first['loc'])}".upper()
        raise StackError(f"{variable} is not valid: {first['msg']}") from error
    return settings.model_copy(update={"var_dir": settings.var_dir.absolute()})


def named_urls(settings: Settings) -> StackUrls:
    """The servers named by the settings; the others are empty."""
    return StackUrls(
        app=settings.database_url,
        engine=settings.engine_database_url,
        owner=settings.owner_database_url,
        redis=settings.redis_url,
    )


def own_urls(settings: Settings) -> StackUrls:
    """The servers for a whole stack; empty ones are to be embedded.

    Raises:
        StackError: only some of the database's roles have a URL.
    """
    roles = {
        "METAMORPH_DATABASE_URL": settings.database_url,
        "METAMORPH_ENGINE_DATABASE_URL": settings.engine_database_url,
        "METAMORPH_OWNER_DATABASE_URL": settings.owner_database_url,
    }
    missing = [name for name, url in roles.items() if not url]
    if missing and len(missing) < len(roles):
        raise StackError(f"{' and '.join(missing)} must be set too: there is one URL per role")
    return named_urls(settings)


def connected_settings() -> Settings:
    """Settings for one process: what the environment does not name is the running stack's.

    A process that is given the URLs of its own roles only, as in compose.yml, keeps to those.

    Raises:
        StackError: there is no URL and no running stack.
    """
    settings = read_settings()
    urls = named_urls(settings)
    if urls.app and urls.redis:
        return settings
    record = find_running(settings.var_dir)
    if record is None:
        raise StackError(
            "no database: start the stack with `metamorph up`, "
            "or set METAMORPH_DATABASE_URL and METAMORPH_REDIS_URL"
        )
    return settings.model_copy(
        update={
            "database_url": urls.app or record.urls.app,
            "engine_database_url": urls.engine or record.urls.engine,
            "owner_database_url": urls.owner or record.urls.owner,
            "redis_url": urls.redis or record.urls.redis,
        }
    )
