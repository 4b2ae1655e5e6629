"""What clients send about missions, and how it becomes commands."""

from datetime import datetime

import strawberry

from domain.missions.cancel import CancelRun
from domain.missions.create import CreateMission
from domain.missions.delete import DeleteMission
from domain.missions.repository import MissionFilter
from domain.missions.retry import RetryFailed
from domain.missions.start import StartMission
from domain.missions.update import UpdateMission
from domain.shared.checks import NAME_LENGTH, Checks
from graph.executions.inputs import KEY
from graph.missions.enums import MissionOrder
from graph.support.ordering import OrderDirection
from graph.support.targets import identify, to_change, to_nullable_change
from graph.templates.inputs import VERSION, ParameterValueInput

ADDRESS = "What relative addresses of steps are joined to; http or https."


@strawberry.input
class CreateMissionInput:
    """A mission to be."""

    name: str
    scenario_template_ids: list[strawberry.ID] = strawberry.field(
        description="Copied in this order; a later change of a template does not reach the mission."
    )
    description: str = ""
    base_url: str | None = strawberry.field(default=None, description=ADDRESS)
    parameters: list[ParameterValueInput] = strawberry.field(
        default_factory=list,
        description="Values for what the tests declare; secret ones are sealed and never shown.",
    )

    def to_command(self) -> CreateMission:
        """As the domain takes it."""
        return CreateMission(
            name=self.name,
            scenario_template_ids=[
                identify(one, "ScenarioTemplate") for one in self.scenario_template_ids
            ],
            description=self.description,
            base_url=self.base_url,
            parameters=[one.to_rule() for one in self.parameters],
        )


@strawberry.input(description="What is not mentioned, or null, stays as it is.")
class UpdateMissionInput:
    """A change of a mission."""

    id: strawberry.ID = strawberry.field(description="Of a mission.")
    expected_version: int = strawberry.field(description=VERSION)
    name: str | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    base_url: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{ADDRESS} Null takes it away."
    )
    parameters: list[ParameterValueInput] = strawberry.field(
        default_factory=list, description="Values that are not named stay."
    )

    def to_command(self) -> UpdateMission:
        """As the domain takes it."""
        return UpdateMission(
            mission_id=identify(self.id, "Mission"),
            expected_version=self.expected_version,
            name=to_change(self.name),
            description=to_change(self.description),
            base_url=to_nullable_change(self.base_url),
            parameters=[one.to_rule() for one in self.parameters],
        )


@strawberry.input
class DeleteMissionInput:
    """Which mission."""

    id: strawberry.ID = strawberry.field(description="Of a mission.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)

    def to_command(self) -> DeleteMission:
        """As the domain takes it."""
        return DeleteMission(identify(self.id, "Mission"), self.expected_version)


@strawberry.input
class StartMissionInput:
    """Which mission, and what is different about this one run."""

    id: strawberry.ID = strawberry.field(description="Of a mission.")
    base_url: str | None = strawberry.field(
        default=None, description="Instead of the mission's, for this run only."
    )
    parameters: list[ParameterValueInput] = strawberry.field(
        default_factory=list, description="Plain values that beat the mission's in this run."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> StartMission:
        """As the domain takes it."""
        return StartMission(
            mission_id=identify(self.id, "Mission"),
            base_url=self.base_url,
            parameters=[one.to_rule() for one in self.parameters],
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class RetryFailedTestsInput:
    """The mission whose latest run is repeated where it failed."""

    id: strawberry.ID = strawberry.field(description="Of the mission, not of its run.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> RetryFailed:
        """As the domain takes it."""
        return RetryFailed(identify(self.id, "Mission"), self.idempotency_key)


@strawberry.input
class CancelRunInput:
    """Which run: the id of its execution."""

    id: strawberry.ID = strawberry.field(
        description="Of the run: an execution, as `startMission` gives it."
    )

    def to_command(self) -> CancelRun:
        """As the domain takes it."""
        return CancelRun(identify(self.id, "Execution"))


@strawberry.input(name="MissionFilter", description="Conditions that all hold.")
class MissionFilterInput:
    """Which missions."""

    search: str | None = strawberry.field(
        default=None, description="A part of the name, in any case."
    )
    created_after: datetime | None = None

    def to_filter(self) -> MissionFilter:
        """As the domain takes it.

        Raises:
            Invalid: a text that nothing can contain, or a time without a zone.
        """
        checks = Checks()
        checks.text(self.search or "", ("search",), longest=NAME_LENGTH)
        if self.created_after is not None and self.created_after.tzinfo is None:
            checks.refuse(("created_after",), "A time needs its zone, such as Z or +02:00.")
        checks.settle()
        return MissionFilter(self.search, self.created_after)


@strawberry.input(name="MissionOrder")
class MissionOrderInput:
    """What a list of missions is sorted by; ties are broken by id."""

    field: MissionOrder = MissionOrder.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC
