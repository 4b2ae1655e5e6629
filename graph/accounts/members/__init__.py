"""Members of a workspace in the schema."""
