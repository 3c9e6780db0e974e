"""Avisos: what Tray notifies us of, and where; a notification makes us look, and is trusted for nothing else."""
