"""One frozen `Settings`, read from `METAMORPH_*` in the composition roots and passed in."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.shared.setting_lists import Words, check_networks, check_origins

EvidencePolicy = Literal["always", "failure", "never"]


class Settings(BaseSettings):
    """Everything that differs between one installation and another."""

    model_config = SettingsConfigDict(env_prefix="METAMORPH_", frozen=True, extra="ignore")

    environment: Literal["development", "test", "production"] = "development"

    database_url: str = ""
    """The application's role: bound by row-level security, set per transaction."""
    engine_database_url: str = ""
    """The engine's role: sees executions, attempts, events and the outbox of all workspaces."""
    owner_database_url: str = ""
    """The owner of the schema: only migrations use it."""
    redis_url: str = ""
    database_pool_size: int = Field(default=10, ge=1, le=200)

    var_dir: Path = Path("var")
    """Keys, evidence, logs and the embedded servers' data."""
    data_keys: SecretStr = SecretStr("")
    """Keys for secrets at rest, `id:base64,id:base64`, the current one first; else files."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = ""
    """What links are built from; never the Host header. Default: http://host:port."""
    allowed_origins: Annotated[Words, AfterValidator(check_origins)] = ()
    """Origins of pages that may ask with a cookie and open sockets, besides `public_url`."""
    trusted_proxies: Annotated[Words, AfterValidator(check_networks)] = ()
    """Addresses and networks whose word for the client's address is taken (X-Forwarded-For)."""
    app_url: str = ""
    """Where people use the product, which links in mails lead to. Default: `public_url`."""
    registration: Literal["open", "invite_only", "closed"] = "invite_only"
    """Who may make an account: anybody, whoever was invited to a workspace, nobody."""
    terms_version: str = Field(default="", max_length=40)
    """Version of the terms that people have to accept; empty where there are none."""
    smtp_url: str = Field(default="", pattern=r"^(smtps?://\S+)?$", repr=False)
    """smtp://user:password@host:587 or smtps://…; else mails land in a folder, for development."""
    mail_from: str = "Metamorph <no-reply@localhost>"
    """The sender of mails."""
    graphiql: bool | None = None
    """Serve the IDE; default: everywhere but in production."""
    introspection: bool | None = None
    """Anonymous introspection; default: everywhere but in production."""
    trusted_documents: Path | None = None
    """A manifest of GraphQL documents by their SHA-256; these may also be sent by GET."""
    untrusted_documents_from: Literal["anyone", "signed_in", "nobody"] = "anyone"
    """Who may send documents that are not in the manifest."""
    graphql_cost: int = Field(default=10_000, ge=1, le=1_000_000)
    """What one operation may cost, estimated from the lists it asks for."""
    graphql_depth: int = Field(default=16, ge=1, le=40)
    """Levels of fields in one operation; a connection takes two of its own."""
    graphql_body_bytes: int = Field(default=1_000_000, ge=1_000, le=32_000_000)
    """Of one request; a document within it stays short, so this is room for variables."""
    socket_operations: int = Field(default=100, ge=1, le=1_000)
    """Open at a time on one WebSocket."""

    limits_user_cost: int = Field(default=600_000, ge=0, le=2_000_000_000)
    """What the GraphQL operations of one person may cost in a minute; 0 counts nothing."""
    limits_address_cost: int = Field(default=2_400_000, ge=0, le=2_000_000_000)
    """The same for one client address: an office is behind one."""
    limits_workspace_cost: int = Field(default=6_000_000, ge=0, le=2_000_000_000)
    """The same for all people in one workspace."""
    limits_user_requests: int = Field(default=3_000, ge=0, le=2_000_000_000)
    """Requests besides GraphQL of one person in a minute; 0 counts nothing."""
    limits_address_requests: int = Field(default=12_000, ge=0, le=2_000_000_000)
    """The same for one client address."""
    limits_workspace_requests: int = Field(default=30_000, ge=0, le=2_000_000_000)
    """The same for all people in one workspace."""
    limits_user_sockets: int = Field(default=2_500, ge=0, le=1_000_000)
    """WebSockets and event streams that one person holds open in one API process; 0: no limit."""
    limits_address_sockets: int = Field(default=5_000, ge=0, le=1_000_000)
    """The same for one client address."""
    limits_exempt_admins_of: Words = ()
    """Ids of workspaces: who holds workspace.edit there is left out, but never the address. Nobody
    administers an installation but who runs it, so its operator names his own workspaces; anybody
    may make one of his own."""
    limits_patience_seconds: float = Field(default=0.2, gt=0, le=10)
    """How long one request waits for Redis to count it."""

    worker_threads: int = Field(default=4, ge=1, le=64)
    """Dramatiq threads: they only pass wake-ups on."""
    worker_slots: int = Field(default=32, ge=1, le=512)
    """Executions one worker carries at a time, besides browser tests."""
    browser_pool_size: int = Field(default=1, ge=0, le=32)
    browser_max_runs: int = Field(default=50, ge=1)
    chromium: str = ""
    trace: EvidencePolicy = "failure"
    video: EvidencePolicy = "never"

    llm_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    """Base address of an OpenAI-compatible API, such as https://llm.example.com/v1."""
    llm_key: SecretStr = SecretStr("")
    """Its key. Without address, key and model no language model is asked."""
    llm_model: str = Field(default="", max_length=200)
    llm_timeout_seconds: float = Field(default=20, gt=0, le=300)
    """How long one request may take; never longer than what is left of the step's time."""
    llm_run_tokens: int = Field(default=100_000, ge=0, le=100_000_000)
    """Input and output tokens after which a run asks no more."""
    llm_input_price: float = Field(default=0, ge=0)
    """US dollars for a million input tokens, to tell what a decision cost."""
    llm_output_price: float = Field(default=0, ge=0)

    lease_seconds: float = Field(default=15, gt=0)
    heartbeat_seconds: float = Field(default=5, gt=0)
    kill_grace_seconds: float = Field(default=5, gt=0)
    stop_grace_seconds: float = Field(default=5, ge=0)
    """How long a stopping worker lets running work finish before it hands it back."""
    pulse_file: str = ""
    """What a worker or a scheduler renews while its loops go round, for `metamorph pulse`."""

    @property
    def base_url(self) -> str:
        """The address people and links use, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def links_url(self) -> str:
        """What links in mails begin with, without a trailing slash."""
        return (self.app_url or self.base_url).rstrip("/")

    @property
    def mail_dir(self) -> Path:
        """Where mails land that no server takes."""
        return self.var_dir / "mail"

    @property
    def serve_graphiql(self) -> bool:
        """Whether the IDE is served."""
        return self.environment != "production" if self.graphiql is None else self.graphiql

    @property
    def anonymous_introspection(self) -> bool:
        """Whether the schema can be read without signing in."""
        return (
            self.environment != "production" if self.introspection is None else self.introspection
        )

    @property
    def keys_dir(self) -> Path:
        """Where keys live (0700)."""
        return self.var_dir / "keys"

    @property
    def makes_keys(self) -> bool:
        """Whether a missing key is made at the start; in production somebody has to ask for it."""
        return self.environment != "production"

    @property
    def evidence_dir(self) -> Path:
        """Where evidence is stored, by content hash."""
        return self.var_dir / "evidence"


def find_browsers_dir() -> Path:
    """Where Playwright installs browsers, by the rules that it documents for its own variables."""
    if configured := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(configured)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"
