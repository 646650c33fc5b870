"""Domains: what an organization proves to own, and the checks of the proof."""
