"""Companies (the tenants), users and memberships."""
