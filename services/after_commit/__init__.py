"""What a transaction notes for after its commit."""
