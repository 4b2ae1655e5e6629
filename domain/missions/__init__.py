"""Missions: tests drawn from templates, carried out and proven."""
