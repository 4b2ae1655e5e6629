"""Signing in and out, and the sessions one has."""
