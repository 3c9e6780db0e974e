"""A pretend SEFAZ: SOAP over mutual TLS, with the answers of the manual and faults at the flick of a switch."""
