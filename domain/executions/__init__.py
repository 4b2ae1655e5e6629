"""The engine: everything that runs is an execution."""
