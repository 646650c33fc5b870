"""Exports: history as encrypted files, made part by part under a lease."""
