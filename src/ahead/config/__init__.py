"""Settings, URLs and WSGI entry: wires everything, imported by nobody."""
