"""The servers and processes that make up one running Metamorph on one machine."""
