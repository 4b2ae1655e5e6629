"""One factory file per feature: rows with sensible defaults."""
