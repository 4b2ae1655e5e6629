"""What both executors start from."""

from collections.abc import Mapping

from graphql import DocumentNode
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graph.execution.plan import Core
from graph.schema import schema
from graph.support.context import Context


def build(tree: DocumentNode, context: Context, variables: Mapping[str, object]) -> Core:
    """Coerced variables, and nothing run yet."""
    built = StrawberryGraphQLCoreExecutionContext.build(
        schema._schema, tree, context_value=context, raw_variable_values=dict(variables)
    )
    assert not isinstance(built, list), built
    return built
