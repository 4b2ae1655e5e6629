"""What the browser runner is given for a test of a mission."""
