"""NF-e, model 55, layout 4.00: its document, signature, schemas, and the services of SEFAZ. No Django."""
