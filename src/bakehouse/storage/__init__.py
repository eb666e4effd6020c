"""RECORD: artifacts by URI."""
