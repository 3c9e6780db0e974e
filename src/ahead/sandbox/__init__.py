"""Pretend servers: what the outside world would answer, in one process."""
