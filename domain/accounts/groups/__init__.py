"""Groups of a workspace: fixed ones that every workspace has, and custom ones."""
