"""The manual at /ajuda/: its contents, a chapter, all of it at once, and the search. Nobody has to log in for it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from ahead.manual.chapters import Chapter, chapter_of, chapters, find, neighbours, size_of_picture
from ahead.manual.rendering import Links, html_of

if TYPE_CHECKING:
    from django.http import HttpResponse

_LONGEST_QUERY = 100


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    """Show the chapters with their sections."""
    return render(request, "manual/contents.html", {"chapters": chapters()})


@require_safe
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one chapter."""
    shown = chapter_of(slug)
    if shown is None:
        raise Http404
    before, after = neighbours(shown)
    facts = {"chapters": chapters(), "chapter": shown, "body": _body(shown), "before": before, "after": after}
    return render(request, "manual/chapter.html", facts)


@require_safe
def whole(request: HttpRequest) -> HttpResponse:
    """Show all chapters on one page, to be printed."""
    bodies = [_body(one) for one in chapters()]
    return render(request, "manual/whole.html", {"chapters": chapters(), "bodies": bodies})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show the sections that hold the words asked for."""
    query = request.GET.get("q", "").strip()[:_LONGEST_QUERY]
    return render(request, "manual/found.html", {"chapters": chapters(), "query": query, "found": find(query)})


@cache
def _body(shown: Chapter) -> SafeString:
    links = Links(chapter=_address, picture=_picture, size=size_of_picture)
    # ours, and written without letting HTML through
    return mark_safe(html_of(shown.source, links))  # noqa: S308


def _address(slug: str) -> str:
    return reverse("manual_chapter", args=[slug])


def _picture(name: str) -> str:
    return static(f"ahead/manual/{name}")
