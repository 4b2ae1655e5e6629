"""Journeys against a live stack, from outside, with real clients."""
