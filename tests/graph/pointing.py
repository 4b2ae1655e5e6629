"""Where ids go into the schema, and documents that point to something with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationType,
    get_named_type,
    is_composite_type,
)

from tests.support.documents import make_value

Path = tuple[str | int, ...]
USER_ERRORS = "{ userErrors { code message field } }"

KINDS: Mapping[str, str] = {
    "node.id": "Mission",  # every other type has a test of its own
    "testTemplate.id": "TestTemplate",
    "scenarioTemplate.id": "ScenarioTemplate",
    "execution.id": "Execution",
    "element.id": "Element",
    "mission.id": "Mission",
    "elementStatistics.scopeId": "TestTemplate",
    "executionEvents.id": "Execution",
    "elementDecisions.executionId": "Execution",
    "missionProgress.id": "Mission",
    "AuditEntryFilter.actorId": "Member",
    "AuditEntryFilter.entityId": "Mission",
    "ElementFilter.scopeId": "TestTemplate",
    "ElementDecisionFilter.executionId": "Execution",
    "ElementDecisionFilter.elementId": "Element",
    "ElementDecisionFilter.scopeId": "TestTemplate",
    "ExecutionFilter.subjectId": "Mission",
    "ScenarioTemplateFilter.testId": "TestTemplate",
    "UpdateWorkspaceInput.id": "Workspace",
    "SwitchWorkspaceInput.id": "Workspace",
    "TransferWorkspaceInput.id": "Workspace",
    "TransferWorkspaceInput.memberId": "Member",
    "LeaveWorkspaceInput.id": "Workspace",
    "DeleteWorkspaceInput.id": "Workspace",
    "RestoreWorkspaceInput.id": "Workspace",
    "SetMemberGroupsInput.id": "Member",
    "SetMemberGroupsInput.groupIds": "Group",
    "RemoveMemberInput.id": "Member",
    "UpdateGroupInput.id": "Group",
    "DeleteGroupInput.id": "Group",
    "InviteMemberInput.groupIds": "Group",
    "ResendInvitationInput.id": "Invitation",
    "RevokeInvitationInput.id": "Invitation",
    "EndSessionInput.id": "Session",
    "RevokeAccessTokenInput.id": "AccessToken",
    "UpdateTestTemplateInput.id": "TestTemplate",
    "DeleteTestTemplateInput.id": "TestTemplate",
    "ScenarioTemplateTestInput.testId": "TestTemplate",
    "UpdateScenarioTemplateInput.id": "ScenarioTemplate",
    "DeleteScenarioTemplateInput.id": "ScenarioTemplate",
    "CreateEvidenceUploadInput.executionId": "Execution",
    "CompleteEvidenceUploadInput.id": "EvidenceFile",
    "DeleteEvidenceInput.id": "EvidenceFile",
    "CancelExecutionInput.id": "Execution",
    "ReplayExecutionInput.id": "Execution",
    "RecordTestResultInput.executionId": "Execution",
    "SetElementAsideInput.id": "Element",
    "UseElementAgainInput.id": "Element",
    "InvalidateElementInput.id": "Element",
    "RestoreElementVersionInput.id": "Element",
    "CreateMissionInput.scenarioTemplateIds": "ScenarioTemplate",
    "UpdateMissionInput.id": "Mission",
    "DeleteMissionInput.id": "Mission",
    "StartMissionInput.id": "Mission",
    "RetryFailedTestsInput.id": "Mission",
    "CancelRunInput.id": "Execution",
}
"""What every id that a client sends is of."""


VALID: Mapping[str, object] = {"email": "other@example.test", "contentType": "image/png"}
"""Values where a sample would be refused before anybody looks for the id."""


@dataclass(frozen=True)
class Place:
    """One place in the arguments of a root field where an id goes."""

    kind: OperationType
    field: str
    path: Path
    owner: str
    """The argument or input field, as `KINDS` has it."""

    def __str__(self) -> str:
        return f"{self.field}({'.'.join(map(str, self.path))})"


def list_places(schema: GraphQLSchema) -> Iterator[Place]:
    """Every place of the whole schema, optional ones included."""
    for kind in OperationType:
        root = schema.get_root_type(kind)
        for name, field in (root.fields if root else {}).items():
            for argument, wanted in field.args.items():
                for path, owner in find_ids(wanted.type, (argument,), f"{name}.{argument}"):
                    yield Place(kind, name, path, owner)


def find_ids(wanted: GraphQLInputType, path: Path, owner: str) -> Iterator[tuple[Path, str]]:
    """Paths to ids below one argument."""
    if isinstance(wanted, GraphQLNonNull):
        yield from find_ids(wanted.of_type, path, owner)
    elif isinstance(wanted, GraphQLList):
        yield from find_ids(wanted.of_type, (*path, 0), owner)
    elif isinstance(wanted, GraphQLInputObjectType):
        for name, inner in wanted.fields.items():
            yield from find_ids(inner.type, (*path, name), f"{wanted.name}.{name}")
    elif wanted.name == "ID":
        yield path, owner


def write_pointing(
    schema: GraphQLSchema, place: Place, values: Mapping[Path, object]
) -> tuple[str, dict[str, object]]:
    """A document that gives what is required, and these ids, and its variables."""
    root = schema.get_root_type(place.kind)
    assert root is not None
    field = root.fields[place.field]
    wanted = {
        name: argument.type
        for name, argument in field.args.items()
        if isinstance(argument.type, GraphQLNonNull) or name == place.path[0]
    }
    variables = {name: fill(kind, values, (name,)) for name, kind in wanted.items()}
    declared = ", ".join(f"${name}: {kind}" for name, kind in wanted.items())
    given = ", ".join(f"{name}: ${name}" for name in wanted)
    head = f"{place.kind.value} ({declared})"
    return f"{head} {{ {place.field}({given}) {select(field)} }}", variables


def fill(wanted: GraphQLInputType, values: Mapping[Path, object], path: Path) -> object:
    """A value that holds the ids at their paths, and samples where something is required."""
    if path in values:
        return values[path]
    if isinstance(wanted, GraphQLNonNull):
        return fill(wanted.of_type, values, path)
    below = [one for one in values if one[: len(path)] == path]
    if isinstance(wanted, GraphQLList):
        return [fill(wanted.of_type, values, (*path, 0))] if below else []
    if isinstance(wanted, GraphQLInputObjectType):
        return {
            name: fill(inner.type, values, (*path, name))
            for name, inner in wanted.fields.items()
            if isinstance(inner.type, GraphQLNonNull)
            or any(one[: len(path) + 1] == (*path, name) for one in below)
        }
    return VALID.get(str(path[-1])) or make_value(wanted)


def select(field: GraphQLField) -> str:
    """User errors, the length of a list, or the id of what was found."""
    named = get_named_type(field.type)
    if not is_composite_type(named):
        return ""
    fields: Sequence[str] = list(getattr(named, "fields", {}))
    if "userErrors" in fields:
        return USER_ERRORS
    if "totalCount" in fields:
        return "{ totalCount edges { cursor } }"
    return "{ id }" if "id" in fields else "{ __typename }"
