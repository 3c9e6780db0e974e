"""Durable jobs: asking for a sync, the worker that runs it, and how both stand; the engine stays behind `engine`."""
