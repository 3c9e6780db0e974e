"""Backup and restore: one file with the database and what lies beside it, and what must be settled after a restore."""
