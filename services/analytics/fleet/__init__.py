"""The reliability of thousands of monitors at once, in arrays of numpy."""
