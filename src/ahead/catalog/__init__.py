"""Products, and how each store lists them."""
