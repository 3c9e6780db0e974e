"""What the tables of every app stand on: tenancy, sealed columns, the write lane of SQLite."""
