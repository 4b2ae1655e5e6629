"""Links that are sent by mail and work once."""
