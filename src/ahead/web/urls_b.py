"""Addresses of the home, Sincronização, Pedidos and Pendências of a company."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
