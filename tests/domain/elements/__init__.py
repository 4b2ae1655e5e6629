"""The element cache's rules, and what it stores."""
