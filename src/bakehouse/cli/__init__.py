"""SHOW: the command line."""
