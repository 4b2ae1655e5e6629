"""Trusted documents: texts the installation knows beforehand, named by their SHA-256."""

from collections.abc import Mapping
from pathlib import Path

import orjson

from api.graphql.documents import digest_of

PREFIX = "sha256:"


class TrustedDocuments:
    """The manifest: `{"<sha256 in hexadecimal>": "query …"}`, with or without `sha256:` before it.

    Raises:
        ValueError: A text is not the one its hash names.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = {}
        for key, text in texts.items():
            digest = key.removeprefix(PREFIX)
            if digest_of(text) != digest:
                raise ValueError(f"The manifest's text under {key[:100]} has another hash.")
            self._texts[digest] = text

    @classmethod
    def from_file(cls, path: Path | None) -> "TrustedDocuments":
        """Read a manifest; without a file nothing is trusted.

        Raises:
            OSError: The file cannot be read.
            ValueError: It is not a manifest.
        """
        if path is None:
            return cls({})
        texts = orjson.loads(path.read_bytes())
        if not isinstance(texts, dict) or not all(isinstance(one, str) for one in texts.values()):
            raise ValueError(f"{path} is not an object of texts by their SHA-256.")
        return cls(texts)

    def find(self, document_id: str) -> str | None:
        """The text of `sha256:<hexadecimal>`, or of the bare hash."""
        return self._texts.get(document_id.removeprefix(PREFIX).lower())

    def __contains__(self, digest: str) -> bool:
        return digest in self._texts
