"""Lists of monitors: pages in an order, what narrows them, how many there are, and kept views."""
