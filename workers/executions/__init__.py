"""Carrying executions out: wake-ups, claims, leases, progress, ends."""
