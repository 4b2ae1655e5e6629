"""The identity of a cached element: the same step on the same page finds the same row."""

import hashlib
from uuid import UUID

from domain.elements.instructions import Instruction
from domain.elements.stability import url_pattern


def element_key(
    *,
    workspace_id: UUID,
    template_id: UUID,
    step_key: str,
    target: Instruction | str,
    page_url: str,
) -> str:
    """Return the key of an element as 64 hexadecimal characters.

    Args:
        workspace_id: elements never cross workspaces, so neither do keys.
        template_id: the test template (or project) the step belongs to.
        step_key: what names the step inside it and survives a copy of the template, for
            example its position or its id.
        target: the instruction, or the selector the author wrote. Values to type are not part
            of it.
        page_url: the address of the page when the step starts.

    A digest, because instructions may name people.
    """
    said = f"say:{target.normalised}" if isinstance(target, Instruction) else f"css:{target}"
    parts = (workspace_id.hex, template_id.hex, step_key, said, url_pattern(page_url))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
