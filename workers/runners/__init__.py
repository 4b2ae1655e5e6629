"""What can be carried out, one module per kind."""
