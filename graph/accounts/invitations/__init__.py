"""Invitations in the schema."""
