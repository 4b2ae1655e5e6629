"""Tokens as an attacker writes them: libraries refuse to make such ones."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping


def write_token(
    header: Mapping[str, object], claims: Mapping[str, object], secret: bytes = b""
) -> str:
    """A compact token, signed with HMAC-SHA256 where there is a secret, else not at all."""
    parts = [json.dumps(part, default=str).encode() for part in (header, claims)]
    body = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.new(secret, body, hashlib.sha256).digest() if secret else b""
    return (body + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()
