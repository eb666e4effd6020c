"""RECORD: runs, tasks, events, artifacts and lineage in SQL."""
