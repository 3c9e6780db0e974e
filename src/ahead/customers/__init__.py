"""Customers and their documents."""
