"""Wake-ups that are owed, and the rows that only age."""
