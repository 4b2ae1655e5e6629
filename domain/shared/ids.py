"""Identifiers: time-ordered UUIDs, so that new rows land at the end of an index."""

import os
import time
import uuid


def new_id() -> uuid.UUID:
    """Return a UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then random."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


SYSTEM_WORKSPACE = uuid.UUID("00000000-0000-7000-8000-000000000001")
"""The installation's own workspace: nobody belongs to it; mails are executions there."""
