"""Settings become objects; files become pipelines; runs are driven."""
