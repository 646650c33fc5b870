"""The demo organization: a shop, and thirty days of its history that never happened."""
