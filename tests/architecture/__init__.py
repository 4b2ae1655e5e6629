"""The rules of the house, checked against the whole tree."""
