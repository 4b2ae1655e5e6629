"""What the product knows: rules, verbs and the only SQL."""
