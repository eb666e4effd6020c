"""SUBMIT: what an author calls to hand a pipeline over."""
