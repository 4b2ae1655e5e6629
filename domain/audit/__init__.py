"""The audit log: who changed what, from where, in a chain that shows when a link is missing."""
