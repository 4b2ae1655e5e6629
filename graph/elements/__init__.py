"""The element cache in the schema: remembered elements, and why each was used or not."""
