"""Tests of people in the schema."""
