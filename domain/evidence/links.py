"""Signed links: who holds one may do one thing with one thing, for a short while.

A token is `base64url(payload + HMAC-SHA256(payload))`; the payload is verb, workspace, subject and
expiry at fixed places, so that nothing in it can be read in two ways.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from domain.evidence.errors import LinkRefused
from domain.evidence.rules import UPLOAD_SECONDS
from domain.shared.clock import Clock, SystemClock
from domain.shared.crypto import read_or_make_key

KEY_FILE = "links.key"
REPORT_SECONDS = 3600

_PAYLOAD = struct.Struct(">c16s16sQ")
_MAC_BYTES = hashlib.sha256().digest_size


class LinkVerb(StrEnum):
    """What a link allows; one letter, signed with the rest."""

    DOWNLOAD = "d"
    UPLOAD = "u"
    REPORT = "r"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid link stands for: `subject_id` is an evidence file or an execution."""

    verb: LinkVerb
    workspace_id: UUID
    subject_id: UUID
    expires_at: datetime


class LinkSigner:
    """Makes and checks signed links.

    Args:
        key: 32 random bytes, the same in every process of the installation.
        clock: Tells when links expire.
    """

    def __init__(self, key: bytes, clock: Clock | None = None) -> None:
        self._key = key
        self._clock = clock or SystemClock()

    @classmethod
    def from_directory(cls, directory: Path, clock: Clock | None = None) -> "LinkSigner":
        """Read the signing key of this installation, making it at the first call."""
        return cls(read_or_make_key(directory / KEY_FILE), clock)

    def sign(
        self,
        verb: LinkVerb,
        workspace_id: UUID,
        subject_id: UUID,
        *,
        seconds: float = UPLOAD_SECONDS,
    ) -> str:
        """Return a token for `verb` on `subject_id` that is good for `seconds`."""
        expires_at = self._clock.now() + timedelta(seconds=seconds)
        return self.sign_until(verb, workspace_id, subject_id, expires_at)

    def sign_until(
        self, verb: LinkVerb, workspace_id: UUID, subject_id: UUID, expires_at: datetime
    ) -> str:
        """Return a token that is good until `expires_at`, in whole seconds."""
        payload = _PAYLOAD.pack(
            verb.encode(), workspace_id.bytes, subject_id.bytes, int(expires_at.timestamp())
        )
        return _encode(payload + self._mac(payload))

    def open(self, token: str, verb: LinkVerb) -> Grant:
        """Return what `token` grants.

        Raises:
            LinkRefused: it was altered, has expired, or is for another verb.
        """
        raw = _decode(token)
        payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if len(payload) != _PAYLOAD.size or not hmac.compare_digest(mac, self._mac(payload)):
            raise LinkRefused
        letter, workspace, subject, expiry = _PAYLOAD.unpack(payload)
        expires_at = datetime.fromtimestamp(expiry, UTC)
        if letter.decode() != verb or expires_at <= self._clock.now():
            raise LinkRefused
        return Grant(verb, UUID(bytes=workspace), UUID(bytes=subject), expires_at)

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, hashlib.sha256)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str) -> bytes:
    """Undo `_encode`; a token has one spelling only, though base64 would accept several."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as error:
        raise LinkRefused from error
    if _encode(raw) != token:
        raise LinkRefused
    return raw
