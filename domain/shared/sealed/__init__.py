"""Columns with sealed values: where they are, and how their keys are replaced and dropped."""
