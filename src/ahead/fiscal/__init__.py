"""Fiscal: who issues, which tax is due and why, and each nota with its number, from the order to the buyer."""
