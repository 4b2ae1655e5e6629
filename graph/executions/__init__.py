"""Executions in the schema: everything that runs, its attempts, its events and its report."""
