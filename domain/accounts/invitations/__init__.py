"""Invitations by mail: sent, sent again, taken back and accepted once."""
