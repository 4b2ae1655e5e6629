"""Reading elements and decisions: pages for lists, batches for loaders and reports."""
