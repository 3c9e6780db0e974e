"""The exchange with Tray: runs, sightings, windows, and the steps."""
