"""Missions, their runs and what a worker is given."""
