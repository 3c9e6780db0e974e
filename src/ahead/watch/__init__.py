"""Watching: how fresh each flow is, what is wrong since when, and who hears of it."""
