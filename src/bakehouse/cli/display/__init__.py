"""What is said of a run that is over, or looked up: pages, tables and endings, as lines."""
