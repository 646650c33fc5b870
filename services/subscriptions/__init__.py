"""Event subscriptions: the URLs to which events for integrators are posted."""
