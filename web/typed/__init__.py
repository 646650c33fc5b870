"""What readers type into forms, read into values."""
