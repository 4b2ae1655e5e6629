"""Test and scenario templates."""
