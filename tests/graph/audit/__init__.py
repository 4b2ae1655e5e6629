"""The audit log as clients see it, and that every mutation writes to it."""
