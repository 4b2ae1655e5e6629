"""Tokens of links that are sent by mail: derived when they are needed, so that none is stored.

What a mail carries is made from the id of its row and a key of the installation. The database
holds a hash of it; whoever reads the database can neither follow a link nor make one.
"""

import base64
import hashlib
import hmac
from pathlib import Path
from uuid import UUID

from domain.accounts.credentials.hashing import hash_token
from domain.shared.crypto import read_or_make_key

KEY_FILE = "links.key"
PREFIX = "mml_"
"""Tells people and log filters what such a token is."""
USE = b"metamorph mail links"


class LinkTokens:
    """Makes the token of a link.

    Args:
        key: 32 random bytes, the same in every process of the installation.
    """

    def __init__(self, key: bytes) -> None:
        # A key for this use alone (RFC 5869's extract step), so that no other signature fits here.
        self._key = hmac.digest(key, USE, hashlib.sha256)

    @classmethod
    def from_directory(cls, directory: Path) -> "LinkTokens":
        """Read the links' key of this installation, making it at the first call."""
        return cls(read_or_make_key(directory / KEY_FILE))

    def token_of(self, purpose: str, link_id: UUID) -> str:
        """The token of the link with this id; always the same one."""
        mac = hmac.digest(self._key, purpose.encode() + b"\x00" + link_id.bytes, hashlib.sha256)
        return PREFIX + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def hash_of(self, purpose: str, link_id: UUID) -> bytes:
        """What is stored of that token, and looked up when somebody brings it."""
        return hash_token(self.token_of(purpose, link_id))
