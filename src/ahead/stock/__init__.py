"""Warehouses, balances, movements, reservations, and what was published."""
