"""Evidence in the schema: files, the links that open them, and uploads in three moves."""
