"""Workspaces as a whole: made, changed, entered, handed on, left, deleted and purged."""
