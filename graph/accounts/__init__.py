"""People in the schema: signing in, one's own account, one's workspace."""
