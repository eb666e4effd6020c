"""Migrations of the database, by Alembic. Loaded by name, when a database is behind."""
