"""Access tokens for scripts."""
