"""Routes. Each file serves one noun."""
