"""REST: health, metrics, keys, and what cannot be GraphQL; one module per subject."""
