"""The endpoints of a store's API, one module per area."""
