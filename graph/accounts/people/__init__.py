"""One's own account: made, proven, changed and ended."""
