"""The resolver that asks a language model: last in line, within a budget, and off by default."""
