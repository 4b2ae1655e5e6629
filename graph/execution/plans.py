"""The plans of a document: one for each operation and each answer of its `@skip` and `@include`."""

from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    VariableNode,
    Visitor,
    visit,
)

from graph.execution.plan import Core, SelectionPlan, plan_operation

DECIDING = (GraphQLIncludeDirective.name, GraphQLSkipDirective.name)
MOST_KEPT = 16
"""Plans of one document; whoever asks for more variants of it pays for each of them."""


@dataclass(slots=True)
class Plans:
    """Makes and keeps the plans of one document.

    No other variable changes a plan: arguments are read when the plan is run.
    """

    tree: DocumentNode
    _deciding: tuple[str, ...] | None = None
    _kept: dict[tuple[object, ...], SelectionPlan] = field(default_factory=dict)

    def find(self, core: Core) -> SelectionPlan:
        """The plan for an operation with these variables."""
        if self._deciding is None:
            self._deciding = find_deciding_variables(self.tree)
        name = core.operation.name
        coerced = core.variable_values.coerced
        variant = (name and name.value, *(coerced.get(one) for one in self._deciding))
        plan = self._kept.get(variant)
        if plan is None:
            plan = plan_operation(core)
            if len(self._kept) < MOST_KEPT:
                self._kept[variant] = plan
        return plan


def find_deciding_variables(tree: DocumentNode) -> tuple[str, ...]:
    """Variables that decide which fields are asked for."""
    finder = DecidingVariables()
    visit(tree, finder)
    return tuple(sorted(finder.names))


class DecidingVariables(Visitor):
    """Collects the variables of `@skip` and `@include`."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        """One directive."""
        if node.name.value in DECIDING:
            values = (argument.value for argument in node.arguments or ())
            self.names.update(one.name.value for one in values if isinstance(one, VariableNode))
