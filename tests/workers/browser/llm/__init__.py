"""The resolver that asks a language model, against a fake of the API and real pages."""
