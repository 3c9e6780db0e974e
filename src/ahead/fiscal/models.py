"""Who issues, and the notas with their numbers."""
