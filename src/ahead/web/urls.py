"""Every address of the screens: Portuguese nouns for people, English route names for code."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path

from ahead.web import accounts, gallery, urls_b

of_company: list[URLPattern | URLResolver] = [
    *urls_b.urlpatterns,
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", accounts.start, name="start"),
    path("entrar/", accounts.LogIn.as_view(), name="login"),
    path("sair/", LogoutView.as_view(), name="logout"),
    path("senha/", accounts.account, name="account"),
    path("empresa/", accounts.company_switch, name="company_switch"),
    path("componentes/", gallery.gallery, name="gallery"),
    path("saude", accounts.health, name="health"),
    path("<slug:company>/", include(of_company)),
]
