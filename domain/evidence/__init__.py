"""Evidence: files that prove what happened."""
