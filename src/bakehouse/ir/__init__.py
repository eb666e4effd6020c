"""The contract between the two halves: pure data."""
