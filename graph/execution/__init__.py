"""Runs operations level by level: every relation once for all parents, leaves by compiled getters."""
