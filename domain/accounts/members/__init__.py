"""Who belongs to a workspace, and in which groups."""
