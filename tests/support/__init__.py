"""What tests share beside fixtures and factories."""
