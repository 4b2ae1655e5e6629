"""Change a mission. An open run keeps the address and the plain values it was started with."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.missions import repository
from domain.missions.address import check_base_url
from domain.missions.create import EDIT
from domain.missions.models import Mission
from domain.missions.values import Vault, change_stored, check_values, list_secret_names
from domain.shared.actor import Actor
from domain.shared.audit import changed, snapshot
from domain.shared.changes import UNCHANGED, Unchanged, apply_change
from domain.shared.checks import Checks
from domain.shared.crypto import Sealer
from domain.shared.database import JsonObject
from domain.shared.errors import NotFound
from domain.shared.unit_of_work import UnitOfWork
from domain.shared.versions import require_version
from domain.templates.rules import ParameterValue, read_parameters


@dataclass(frozen=True, slots=True)
class UpdateMission:
    """What is to change; values that are not named in `parameters` stay."""

    mission_id: UUID
    expected_version: int
    name: str | Unchanged = UNCHANGED
    description: str | Unchanged = UNCHANGED
    base_url: str | Unchanged | None = UNCHANGED
    parameters: Sequence[ParameterValue] = ()


async def update_mission(
    uow: UnitOfWork, actor: Actor, command: UpdateMission, *, sealer: Sealer
) -> Mission:
    """Change a mission.

    Raises:
        Forbidden: the actor may not edit missions.
        NotFound: there is no such mission for this actor.
        Conflict: it is not at the expected version any more.
        Invalid: something would be wrong.
    """
    actor.require(EDIT)
    mission = await repository.lock_mission(uow.session, actor.workspace_id, command.mission_id)
    if mission is None:
        raise NotFound("The mission", field=("id",))
    require_version("The mission", mission.version, command.expected_version)
    checks = Checks()
    name = checks.name(apply_change(command.name, mission.name), ("name",))
    description = apply_change(command.description, mission.description)
    description = checks.text(description.strip(), ("description",))
    base_url = apply_change(command.base_url, mission.base_url)
    base_url = check_base_url(checks, base_url, ("base_url",))
    parameters = await _change_values(uow, mission, command, checks, Vault(sealer, mission.id))
    checks.settle()
    before = snapshot(mission)
    mission.name = name
    mission.description = description
    mission.base_url = base_url
    mission.parameters = parameters
    mission.version += 1
    await repository.store(uow.session, [mission])
    uow.audit(changed("mission.update", actor, mission, before))
    return mission


async def _change_values(
    uow: UnitOfWork, mission: Mission, command: UpdateMission, checks: Checks, vault: Vault
) -> JsonObject:
    if not command.parameters:
        return mission.parameters
    tests = await repository.read_tests_of_missions(uow.session, mission.workspace_id, [mission.id])
    secret = list_secret_names(read_parameters(test.parameters) for test in tests[mission.id])
    changes = check_values(checks, command.parameters, secret)
    return change_stored(mission.parameters, changes, secret, vault)
