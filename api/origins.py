"""Which pages may use cookies and open sockets: those of origins that the settings name."""

from urllib.parse import urlsplit

from domain.shared.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def allowed_origins(settings: Settings) -> frozenset[str]:
    """Our own origin and the configured ones; names of this machine mean the same."""
    own = settings.base_url.lower()
    origins = {own, *(origin.lower().rstrip("/") for origin in settings.allowed_origins)}
    parts = urlsplit(own)
    if own and parts.hostname in {name.strip("[]") for name in LOOPBACK}:
        port = f":{parts.port}" if parts.port else ""
        origins |= {f"{parts.scheme}://{name}{port}" for name in LOOPBACK}
    return frozenset(origins)
