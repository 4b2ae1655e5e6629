"""The schema's history, applied by its owner's role."""
