"""What happens around every request, whatever it asks for; one concern per module."""
