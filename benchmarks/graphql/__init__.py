"""GraphQL against other ways to the same rows: `make bench-graphql`, or `python -m benchmarks graphql`.

One API process, textbook Strawberry on the same schema, a hand-written route for each shape and, where
Node is present, PostGraphile over the same tables. All of them get the same questions in one run,
each side alone, and nobody is measured before it has shown that it answers with the same rows.
"""
