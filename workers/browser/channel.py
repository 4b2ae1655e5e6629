"""Messages between a worker and its browser processes: length, then JSON."""

import asyncio
from typing import Final, cast

import orjson

Message = dict[str, object]

LENGTH_BYTES: Final = 4
MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024


class BrokenChannelError(Exception):
    """The other side sent something that is no message."""


def encode_message(message: Message) -> bytes:
    """A message as it travels.

    Raises:
        BrokenChannelError: It is longer than 64 MiB.
    """
    body = orjson.dumps(message)
    if len(body) > MAX_MESSAGE_BYTES:
        raise BrokenChannelError(f"a message of {len(body)} bytes is too long")
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


async def read_message(reader: asyncio.StreamReader) -> Message | None:
    """The next message, or ``None`` when the other side has closed.

    Raises:
        BrokenChannelError: What came is not a message.
    """
    try:
        length = int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")
        if length > MAX_MESSAGE_BYTES:
            raise BrokenChannelError(f"a message of {length} bytes is too long")
        body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionResetError):
        # A message that was cut off is worth nothing: its sender died.
        return None
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BrokenChannelError(str(error)) from error
    if not isinstance(decoded, dict):
        raise BrokenChannelError("a message is an object")
    return cast("Message", decoded)
