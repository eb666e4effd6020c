"""Runs attempts as pods of a Kubernetes cluster, one pod for each: pure modules decide, `runner.py` and `cluster.py` act."""
