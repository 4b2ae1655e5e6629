"""Accounts of people: their address, password, terms, second factor, and their end."""
