"""Accounts: people, workspaces, groups, permissions and sessions."""
