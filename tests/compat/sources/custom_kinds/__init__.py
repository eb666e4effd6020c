"""Artifact classes of a user: a package."""
