"""Durable jobs: the only package that knows the engine (DBOS)."""
