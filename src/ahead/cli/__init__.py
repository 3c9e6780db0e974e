"""The console script `ahead`."""
