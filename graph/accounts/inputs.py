"""What clients send about accounts, and how it becomes commands."""

import strawberry

from domain.accounts.rules import ELEMENT_LAYERS
from domain.accounts.workspaces.update import UpdateWorkspace
from domain.shared.changes import UNCHANGED, Unchanged
from graph.support.targets import identify, to_change


@strawberry.input(description="From 0 to 100 each; what is null has the product's own weight.")
class ElementLayersInput:
    """Weights of layers."""

    structural: float | None = None
    visual: float | None = None
    behavioural: float | None = None
    context: float | None = None

    def to_weights(self) -> dict[str, float]:
        """Those that are given."""
        given = {name: getattr(self, name) for name in ELEMENT_LAYERS}
        return {name: weight for name, weight in given.items() if weight is not None}


@strawberry.input(description="What is not mentioned, or null, stays as it is.")
class UpdateWorkspaceInput:
    """A change of the workspace."""

    id: strawberry.ID = strawberry.field(description="Of a workspace.")
    expected_version: int = strawberry.field(
        description="The version that was read; a newer one is a CONFLICT."
    )
    name: str | None = strawberry.UNSET
    allowed_hosts: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Replaces the whole list: host, host:port, *.domain, address or network.",
    )
    element_layers: ElementLayersInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="How much the layers of the element cache count in this workspace; replaces all "
        "four. Null, other than elsewhere, brings the product's own weights back.",
    )

    def to_command(self) -> UpdateWorkspace:
        """As the domain takes it."""
        return UpdateWorkspace(
            workspace_id=identify(self.id, "Workspace"),
            expected_version=self.expected_version,
            name=to_change(self.name),
            allowed_hosts=to_change(self.allowed_hosts),
            element_layers=self._to_weights(),
        )

    def _to_weights(self) -> dict[str, float] | Unchanged:
        if self.element_layers is strawberry.UNSET:
            return UNCHANGED
        return {} if self.element_layers is None else self.element_layers.to_weights()
