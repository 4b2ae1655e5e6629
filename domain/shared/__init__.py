"""Foundations every feature stands on; nothing here knows a feature."""
