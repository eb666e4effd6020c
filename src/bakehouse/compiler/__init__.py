"""COMPILE: from the recording of a pipeline to IR."""
