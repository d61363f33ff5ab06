"""Fetching of what is large."""
