"""What a file really is, told by its bytes and never by its name."""

import codecs

HEAD_BYTES = 64 * 1024
TAIL_BYTES = 16
SNIFFED_BYTES = 1445
"""Where browsers that guess look for markup (WHATWG MIME Sniffing, 5.2: the resource header)."""

UNKNOWN = "application/octet-stream"
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "text/plain"})
"""Types a browser may show instead of saving; all of them are passive and checked."""

_PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG_START = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"
_ZIP_START = b"PK\x03\x04"
_EBML_START = b"\x1a\x45\xdf\xa3"
_RIFF_HEADER_BYTES = 8
_MARKUP = (b"<script", b"<html", b"<!doctype", b"<svg", b"<?xml", b"<?php", b"<iframe")
_ALLOWED_CONTROLS = frozenset(b"\t\n\f\r\x1b")
_CONTROLS = bytes(set(range(32)) - _ALLOWED_CONTROLS)


def verify_type(claimed: str, head: bytes, tail: bytes, size_bytes: int) -> str:
    """Return the claimed type when the bytes agree, and `UNKNOWN` otherwise.

    Only types that can be checked keep their name; whatever else is claimed is just bytes. A
    picture with something before, behind or, near its start, inside it that reads as markup is
    not a picture here.

    Args:
        claimed: A media type; parameters are ignored.
        head: The first `HEAD_BYTES` bytes.
        tail: The last `TAIL_BYTES` bytes.
        size_bytes: Length of the whole file.
    """
    kind = claimed.partition(";")[0].strip().lower()
    if kind in _CHECKS and _CHECKS[kind](head, tail, size_bytes):
        return kind
    return UNKNOWN


def _is_png(head: bytes, tail: bytes, _size: int) -> bool:
    return head.startswith(_PNG_START) and tail.endswith(_PNG_END) and not _has_markup(head)


def _is_jpeg(head: bytes, tail: bytes, _size: int) -> bool:
    return head.startswith(_JPEG_START) and tail.endswith(_JPEG_END) and not _has_markup(head)


def _is_webp(head: bytes, _tail: bytes, size: int) -> bool:
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return False
    announced = int.from_bytes(head[4:8], "little") + _RIFF_HEADER_BYTES
    return announced == size and not _has_markup(head)


def _is_zip(head: bytes, _tail: bytes, _size: int) -> bool:
    return head.startswith(_ZIP_START)


def _is_webm(head: bytes, _tail: bytes, _size: int) -> bool:
    return head.startswith(_EBML_START)


def _is_text(head: bytes, _tail: bytes, size: int) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head, final=size <= len(head))
    except UnicodeDecodeError:
        return False
    return head.translate(None, _CONTROLS) == head


def _is_json(head: bytes, tail: bytes, size: int) -> bool:
    return _is_text(head, tail, size) and head.lstrip()[:1] in (b"{", b"[")


def _has_markup(head: bytes) -> bool:
    lowered = head[:SNIFFED_BYTES].lower()
    return any(mark in lowered for mark in _MARKUP)


_CHECKS = {
    "image/png": _is_png,
    "image/jpeg": _is_jpeg,
    "image/webp": _is_webp,
    "application/zip": _is_zip,
    "video/webm": _is_webm,
    "text/plain": _is_text,
    "application/json": _is_json,
}
