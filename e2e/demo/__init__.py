"""The main job, shown: a mission against a real application, driven through GraphQL alone."""
