"""Bakehouse."""
