"""The audit log: writing, masking, reading and verifying."""
