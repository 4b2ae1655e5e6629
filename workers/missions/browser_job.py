"""From a prepared test of a mission to the job of a browser process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from domain.missions.prepare import PreparedTest
from workers.browser.job import BrowserJob, EvidencePolicy, Json


@dataclass(frozen=True, slots=True)
class RunSurroundings:
    """What a worker adds to a test: where evidence goes, and what is remembered.

    Attributes:
        evidence_dir: An existing directory of this run alone.
        stored_elements: Entries as `BrowserJob` takes them, of the test's scope.
        uploads: Evidence files by the name that `upload` steps use.
    """

    evidence_dir: Path
    stored_elements: Sequence[Json] = ()
    uploads: Mapping[str, Path] = field(default_factory=dict)
    trace: EvidencePolicy = "failure"
    video: EvidencePolicy = "never"


def build_browser_job(
    prepared: PreparedTest, execution_id: UUID, surroundings: RunSurroundings
) -> BrowserJob:
    """The job that carries out `prepared` as the execution `execution_id`."""
    return BrowserJob(
        run_id=str(execution_id),
        steps=prepared.steps,
        evidence_dir=surroundings.evidence_dir,
        allowed_hosts=prepared.allowed_hosts,
        base_url=prepared.base_url,
        parameters=prepared.parameters,
        secret_parameter_names=prepared.secret_names,
        timeout_s=prepared.timeout_seconds,
        trace=surroundings.trace,
        video=surroundings.video,
        uploads=surroundings.uploads,
        stored_elements=tuple(surroundings.stored_elements),
    )
