"""Mails: what is owed to whom, and what such a letter says when it is sent."""
