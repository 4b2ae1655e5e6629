"""Apply migrations from Python: what `metamorph migrate`, `metamorph up` and the tests call."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def configuration(url: str = "") -> Config:
    """Alembic's configuration for `url` (`postgresql+asyncpg://…` of the owner)."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema to `revision`. Call it outside a running event loop."""
    command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Take the schema back to `revision`. Call it outside a running event loop."""
    command.downgrade(configuration(url), revision)


def head_revision() -> str:
    """The newest revision this code knows."""
    return ScriptDirectory.from_config(configuration()).get_current_head() or ""
