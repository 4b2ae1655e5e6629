"""Test and scenario templates in the schema."""
