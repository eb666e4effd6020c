"""RUN: attempts become processes."""
