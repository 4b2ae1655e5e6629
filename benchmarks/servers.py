"""Servers of a benchmark's own, with fsync on as in real use, and processes that end with it."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from api.stack.postgres import EmbeddedPostgres, PostgresUrls
from api.stack.redis import EmbeddedRedis

MIGRATE = "import sys; from migrations.apply import upgrade; upgrade(sys.argv[1])"
ROLES = {"worker": "workers.main", "scheduler": "workers.scheduler"}
START = "from {module} import run; from domain.shared.settings import Settings; run(Settings())"


@dataclass(frozen=True)
class Servers:
    """A migrated PostgreSQL, a Redis, and how processes reach them."""

    postgres: EmbeddedPostgres
    urls: PostgresUrls
    redis_url: str
    directory: Path

    def environment(self, **more: str) -> dict[str, str]:
        """Variables for the product's processes."""
        return {
            **os.environ,
            "METAMORPH_DATABASE_URL": self.urls.app,
            "METAMORPH_ENGINE_DATABASE_URL": self.urls.engine,
            "METAMORPH_REDIS_URL": self.redis_url,
            "METAMORPH_VAR_DIR": str(self.directory / "var"),
            **more,
        }

    @contextlib.contextmanager
    def running(self, *roles: str, **more: str) -> Iterator[None]:
        """Run processes of the product until the block ends."""
        with contextlib.ExitStack() as stack:
            for role in roles:
                command = [sys.executable, "-c", START.format(module=ROLES[role])]
                log = stack.enter_context((self.directory / f"{role}.log").open("wb"))
                process = subprocess.Popen(
                    command, env=self.environment(**more), stdout=log, stderr=log
                )
                stack.callback(process.wait, 30)
                stack.callback(process.terminate)
            yield

    def find(self, query: str) -> str:
        """One value from the database, past every policy."""
        return self.postgres.run_sql(f"COPY ({query}) TO STDOUT").strip()

    def count(self, query: str) -> int:
        """A number from the database, past every policy."""
        return int(self.find(query) or 0)

    def numbers(self, query: str) -> list[float]:
        """A column of numbers."""
        rows = self.postgres.run_sql(f"COPY ({query}) TO STDOUT").split()
        return sorted(float(row) for row in rows)


@contextlib.contextmanager
def servers() -> Iterator[Servers]:
    """Start both servers, migrate, and remove everything afterwards."""
    with tempfile.TemporaryDirectory(prefix="metamorph-bench-") as name:
        directory = Path(name)
        postgres, redis = EmbeddedPostgres(directory / "pg"), EmbeddedRedis(directory / "redis")
        urls, redis_url = postgres.start(), redis.start()
        try:
            subprocess.run([sys.executable, "-c", MIGRATE, urls.owner], check=True, timeout=60)
            yield Servers(postgres, urls, redis_url, directory)
        finally:
            redis.stop()
            postgres.stop()
            redis.remove()
            postgres.remove()


def percentile(ordered: list[float], share: float) -> float:
    """The value below which `share` of an ordered list lies (nearest rank)."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
