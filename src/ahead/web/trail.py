"""The trail of a record: who did what to it, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render

from ahead.audit import queries
from ahead.web.access import check_role, company_view

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.accounts.models import Company
    from ahead.audit.models import Event
    from ahead.web.access import CompanyRequest

RECENT = 12
LONGEST = 500
_SUBJECTS = {
    "loja": ("store", "Loja", "stores", "stores:store"),
    "produto": ("product", "Produto", "products", "products:product"),
    "anuncio": ("listing", "Produto Ecommerce", "listings", "listings:listing"),
    "estoque": ("warehouse", "Estoque", "warehouses", "warehouses:warehouse"),
    "categoria": ("category", "Categoria", "categories", "categories:category"),
    "cliente": ("customer", "Cliente", "customers", "customers:customer"),
    "pendencia": ("matter", "Pendência", "pending", "pending:matter"),
    "regra": ("rule", "Regra tributária", "tax_rules", "taxes:rule"),
    "natureza": ("natureza", "Natureza", "tax_naturezas", "taxes:natureza"),
    "grupo": ("tax_group", "Grupo tributário", "tax_groups", "taxes:group"),
    "usuario": ("user", "Usuário", "members", ""),
}
_OF_OWNERS = {"usuario"}  # as the list of members is
_TONES = {"created": "accent", "registered": "accent", "connected": "ok", "resumed": "ok", "activated": "ok"}
_CAUTIONS = {"paused", "deactivated", "removed", "removal_asked", "left", "unlinked", "connection_changed", "ended"}
_ICONS = {
    "moved": "arrow-left-right",
    "counted": "clipboard-check",
    "transferred": "truck",
    "linked": "link",
    "unlinked": "unlink",
    "connected": "plug",
    "paused": "pause",
    "resumed": "play",
}


def recent_trail(company: Company, kind: str, subject_id: int, *, limit: int = RECENT) -> list[dict[str, Any]]:
    """Return the last events of one thing for the timeline, newest first."""
    events = queries.history(company, subject_kind=kind, subject_id=subject_id).reverse()[:limit]
    return [_drawn(event) for event in events]


def _drawn(event: Event) -> dict[str, Any]:
    verb = event.name.rsplit(".", 1)[-1]
    tone = "attention" if verb in _CAUTIONS else _TONES.get(verb, "neutral")
    return {"at": event.at, "title": event.text, "by": event.by, "tone": tone, "icon": _ICONS.get(verb, "")}


@company_view(methods=("GET", "HEAD"))
def trail(request: CompanyRequest, kind: str, subject_id: int) -> HttpResponse:
    """Show the whole trail of one thing."""
    if kind not in _SUBJECTS:
        raise Http404
    if kind in _OF_OWNERS:
        check_role(request, "owner")
    subject, label, nav, route = _SUBJECTS[kind]
    events = recent_trail(request.company, subject, subject_id, limit=LONGEST)
    if not events:
        raise Http404
    facts = {"nav": nav, "label": label, "route": route, "subject_id": subject_id, "events": events, "most": LONGEST}
    return render(request, "trail.html", facts)
