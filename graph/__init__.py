"""The GraphQL schema, nothing else."""
