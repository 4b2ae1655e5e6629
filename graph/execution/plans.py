"""The plans of a document: one for each operation and each answer of its `@skip` and `@include`."""

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


class Plans:
    """Makes and keeps the plans of one document.

    No other variable changes a plan: arguments are read when the plan is run.

    Attributes:
        most: How many are kept at most.
    """

    def __init__(self, tree: DocumentNode) -> None:
        self._deciding = find_deciding_variables(tree)
        self._kept: dict[tuple[object, ...], SelectionPlan] = {}
        self.most = min(MOST_KEPT, len(tree.definitions) * 2 ** len(self._deciding))

    def find(self, core: Core) -> SelectionPlan:
        """The plan for an operation with these variables."""
        name = core.operation.name
        coerced = core.variable_values.coerced
        variant = (name and name.value, *(coerced.get(one) for one in self._deciding))
        plan = self._kept.get(variant)
        if plan is None:
            plan = plan_operation(core)
            if len(self._kept) < self.most:
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
