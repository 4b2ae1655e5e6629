"""What every feature's types, queries and mutations are built with."""
