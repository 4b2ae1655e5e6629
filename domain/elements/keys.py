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
    page_url: str,
    target: Instruction | str = "",
) -> str:
    """Return the key of an element as 64 hexadecimal characters.

    Args:
        workspace_id: elements never cross workspaces, so neither do keys.
        template_id: the test template (or project) the step belongs to.
        step_key: what names the step inside it and survives a copy of the template, as
            `domain.templates.steps.key_steps` makes it.
        page_url: the address of the page the element is on, or its pattern.
        target: the instruction, or the selector the author wrote, for step keys that do not
            follow from it. Values to type are not part of it.

    A digest, because instructions may name people.
    """
    pattern = url_pattern(page_url)
    parts = (workspace_id.hex, template_id.hex, step_key, _say(target), pattern)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def digest_target(target: Instruction | str) -> str:
    """Return a digest of what a step asks for, with its parameters filled in.

    “click the {{user}} link” has one step key whoever the user is; this tells whether an element
    was learned for the same one.
    """
    return hashlib.sha256(_say(target).encode()).hexdigest()[:32]


def _say(target: Instruction | str) -> str:
    return f"say:{target.normalised}" if isinstance(target, Instruction) else f"css:{target}"
