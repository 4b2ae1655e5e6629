"""Groups of a workspace in the schema."""
