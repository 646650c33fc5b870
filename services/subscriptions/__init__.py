"""Event subscriptions: the URLs that integrators have events posted to."""
