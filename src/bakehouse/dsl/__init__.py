"""AUTHOR: what a user writes."""
