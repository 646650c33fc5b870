"""Tests of the catalogue of personal data, the exports made from it, and erasure."""
