"""Orders: PEW from a store, PED from the ERP."""
