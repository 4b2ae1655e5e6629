"""What a worker needs to carry out one browser test, read when its execution has been claimed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast
from uuid import UUID

from domain.missions import repository
from domain.missions.asked import read_asked
from domain.missions.values import Vault, merge_plain, read_sealed
from domain.shared.crypto import Sealer
from domain.shared.database import JsonObject, Session
from domain.shared.errors import Invalid, NotFound
from domain.templates.models import Healing
from domain.templates.rules import read_parameters

Step = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PreparedTest:
    """A browser test with everything that belongs to it.

    Attributes:
        parameters: Values of all parameters of the test, secret ones included.
        secret_names: Which of them are secret.
        allowed_hosts: What the workspace lets browser tests reach.
        scope_id: What remembered elements belong to: missions made from one template share them.
        healing: What happens when an element has changed.
        element_layers: Weights of the workspace for the layers of the element cache; none: the
            product's own.
    """

    mission_id: UUID
    mission_test_id: UUID
    name: str
    steps: tuple[Step, ...]
    base_url: str
    timeout_seconds: float
    allowed_hosts: tuple[str, ...]
    scope_id: UUID
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_names: frozenset[str] = frozenset()
    healing: Healing = Healing.HEAL
    element_layers: Mapping[str, float] = field(default_factory=dict)


class Requested(Protocol):
    """What was settled when the run was requested: an execution, or a worker's claim of it."""

    @property
    def workspace_id(self) -> UUID:
        """Where the test is looked for."""
        ...

    @property
    def input(self) -> JsonObject:
        """Address and plain values of this run."""
        ...

    @property
    def timeout_seconds(self) -> float:
        """Seconds for the whole test."""
        ...


async def prepare_browser_test(
    session: Session, sealer: Sealer, mission_test_id: UUID, execution: Requested
) -> PreparedTest:
    """Read one test under the application's role, in the workspace of its execution.

    Plain values and the address are those settled when the run was requested; secret values are
    what the mission keeps now.

    Raises:
        NotFound: the test is not in this workspace.
        Invalid: a value was taken away since the run was requested.
        SealBroken: a secret was sealed with another key.
    """
    found = await repository.read_test_with_mission(
        session, execution.workspace_id, mission_test_id
    )
    if found is None:
        raise NotFound("The test of this execution")
    test, mission = found.test, found.mission
    base_url, given = read_asked(execution.input)
    declared = read_parameters(test.parameters)
    secret = frozenset(name for name, parameter in declared.items() if parameter.secret)
    vault = Vault(sealer, mission.id)
    opened = {
        name: vault.open(name, sealed)
        for name, sealed in read_sealed(mission.parameters).items()
        if name in secret
    }
    values = merge_plain(declared, mission.parameters, given) | opened
    missing = sorted(declared.keys() - values)
    if missing:
        raise Invalid(f"These parameters have no value any more: {', '.join(missing)}.")
    return PreparedTest(
        mission_id=mission.id,
        mission_test_id=test.id,
        name=test.name,
        steps=tuple(cast("list[Step]", test.steps)),
        base_url=base_url or mission.base_url or "",
        timeout_seconds=execution.timeout_seconds,
        allowed_hosts=found.allowed_hosts,
        scope_id=test.template_id or test.id,
        parameters=values,
        secret_names=secret,
        healing=Healing(test.healing),
        element_layers=cast("Mapping[str, float]", found.element_layers),
    )
