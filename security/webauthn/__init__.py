"""WebAuthn: what authenticators are asked, and how their answers are verified."""
