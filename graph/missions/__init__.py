"""Missions, their runs and their progress in the schema."""
