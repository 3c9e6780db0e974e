"""Pending matters: what a person must decide; heals once the cause is gone."""
