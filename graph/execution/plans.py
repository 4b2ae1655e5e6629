"""The plans of a document: one for each operation and each answer of its `@skip` and `@include`."""

from collections.abc import Iterable
from functools import cached_property

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
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
        self._tree = tree
        self._deciding = find_deciding_variables(tree)
        self._kept: dict[tuple[object, ...], SelectionPlan] = {}
        self.most = min(MOST_KEPT, len(tree.definitions) * 2 ** len(self._deciding))

    @cached_property
    def showing_variables(self) -> tuple[str, ...]:
        """Variables that what is shown of an event may depend on.

        Those that stand in the arguments of root fields alone are not among them.
        """
        return find_showing_variables(self._tree)

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


def find_showing_variables(tree: DocumentNode) -> tuple[str, ...]:
    """Variables that stand anywhere but in the arguments of root fields."""
    fragments = {
        one.name.value: one for one in tree.definitions if isinstance(one, FragmentDefinitionNode)
    }
    found: set[str] = set()
    seen: set[tuple[str, bool]] = set()

    def note(nodes: Iterable[ArgumentNode]) -> None:
        for node in nodes:
            finder = Variables()
            visit(node, finder)
            found.update(finder.names)

    def walk(selections: SelectionSetNode, *, is_root: bool) -> None:
        for one in selections.selections:
            note(part for directive in one.directives or () for part in directive.arguments or ())
            if isinstance(one, FieldNode):
                note(() if is_root else one.arguments or ())
                if one.selection_set is not None:
                    walk(one.selection_set, is_root=False)
            elif isinstance(one, InlineFragmentNode):
                walk(one.selection_set, is_root=is_root)
            elif isinstance(one, FragmentSpreadNode) and (one.name.value, is_root) not in seen:
                seen.add((one.name.value, is_root))
                walk(fragments[one.name.value].selection_set, is_root=is_root)

    for one in tree.definitions:
        if isinstance(one, OperationDefinitionNode):
            walk(one.selection_set, is_root=True)
    return tuple(sorted(found))


class Variables(Visitor):
    """Collects the variables of whatever it visits."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        """One."""
        self.names.add(node.name.value)


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
