"""Addresses: Portuguese nouns for people, English route names for code."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("ahead.web.urls"))]
handler400 = "ahead.web.bad_requests.bad_request"
handler500 = "ahead.web.tracing.server_error"
