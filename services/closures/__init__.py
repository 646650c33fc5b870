"""The end of accounts and organizations: closed at once, restored within a grace, then erased."""
