"""Tests of people, sessions and workspaces."""
