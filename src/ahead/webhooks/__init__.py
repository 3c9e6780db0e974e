"""Avisos: what Tray notifies us of, and where; a notification is believed no more than "look"."""
