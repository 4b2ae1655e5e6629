"""Evidence files that a test gives to pages: which ones its steps name, and under what name."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from domain.elements.instructions import Verb
from domain.evidence.rules import clean_name
from domain.templates.placeholders import fill_placeholders
from workers.browser.job import BrowserJob, Json
from workers.browser.sentences import quote
from workers.browser.wording import NotLocatedError, read_instruction


class EvidenceUnusableError(Exception):
    """There is no such file, or it cannot be given to a page; the message is part of a sentence."""


def list_named_files(steps: Iterable[Json], values: Mapping[str, str]) -> frozenset[str]:
    """Names of evidence files in `upload` steps, and in `act` steps that say to upload one.

    Args:
        steps: As the test has them.
        values: Of all its parameters.
    """
    names = {_read_name(step, values) for step in steps}
    return frozenset(name for name in names if name)


def lend_evidence(job: BrowserJob, evidence: str, name: str = "") -> Path:
    """A link to an evidence file by the name that the page shall see.

    Args:
        job: The run, below whose directory the link lies.
        evidence: What the step calls it.
        name: What the page shall see instead, if anything.

    Raises:
        EvidenceUnusableError: There is no such file, or no file can have this name.
    """
    stored = job.uploads.get(evidence)
    if stored is None or not stored.is_file():
        raise EvidenceUnusableError(
            f"there is no evidence file called {quote(evidence)}: upload one to any execution"
        )
    link = Path(tempfile.mkdtemp(dir=job.evidence_dir)) / (name or clean_name(evidence))
    try:
        link.symlink_to(stored.absolute())
    except OSError as error:
        raise EvidenceUnusableError(
            f"{quote(link.name)} cannot be the name of a file ({error.strerror}): give it another "
            "with filename"
        ) from error
    return link


def _read_name(step: Json, values: Mapping[str, str]) -> str | None:
    if step.get("kind") == "upload" and "evidence" in step:
        return fill_placeholders(str(step["evidence"]), values)
    if step.get("kind") != "act":
        return None
    value = step.get("value")
    try:
        instruction = read_instruction(
            fill_placeholders(str(step["instruction"]), values),
            None if value is None else fill_placeholders(str(value), values),
        )
    except NotLocatedError:  # the step will say so when its turn comes
        return None
    return instruction.value if instruction.verb is Verb.UPLOAD else None
