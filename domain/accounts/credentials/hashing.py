"""How tokens are stored."""

import hashlib


def hash_token(token: str) -> bytes:
    """What is stored of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
