"""Workspaces as a whole in the schema: making, entering, handing on, leaving and deleting."""
