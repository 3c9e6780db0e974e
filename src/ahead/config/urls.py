"""Addresses: Portuguese nouns for people, English route names for code."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
