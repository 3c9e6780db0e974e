"""Lojas: Tray stores of a company, their connection, statuses and request budget."""
