"""ORCHESTRATE: what a run does next, decided purely, and the loop that acts on it."""
