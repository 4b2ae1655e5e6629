"""Browser tests: a pool of warm browsers, a guarded network, and steps with evidence."""
