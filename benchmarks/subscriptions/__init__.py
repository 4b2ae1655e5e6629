"""Many clients that follow one execution, and how soon they hear of each event."""
