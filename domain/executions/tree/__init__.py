"""Trees of executions: how they are requested, how parents follow their children, how they end."""
