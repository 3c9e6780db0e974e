"""Taxes: which rule applies to a sale, what it comes to, and why."""
