"""Small pure pieces every layer may use; no Django in here."""
