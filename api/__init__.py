"""What the outside world touches: HTTP routes, the GraphQL endpoint and the command line."""
