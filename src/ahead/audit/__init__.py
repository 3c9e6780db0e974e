"""The trail: who did what, when."""
