"""The console of those who operate the service: finding, suspending and helping organizations."""
