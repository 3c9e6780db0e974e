"""Planilhas: rows of a file, or of a selection, that are looked at first and then written all at once."""
