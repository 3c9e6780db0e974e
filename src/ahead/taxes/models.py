"""Tax rules of a company, and what they depend on."""
