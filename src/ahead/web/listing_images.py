"""The images of a Produto Ecommerce and of its variations: uploading, linking, ordering, removing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ahead.catalog import image_operations, listing_queries
from ahead.catalog.listing_rules import MOST_IMAGES, variant_name
from ahead.catalog.pictures import LARGEST_UPLOAD, WrongPicture
from ahead.lib.errors import Refused
from ahead.web.access import company_view
from ahead.web.filtering import number_of
from ahead.web.listing_variants import moved
from ahead.web.listings import head
from ahead.web.security import allow_pictures

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpResponse

    from ahead.catalog.models import Listing, ListingVariant
    from ahead.web.access import CompanyRequest


@company_view(writes="operator")
def images(request: CompanyRequest, listing_id: int) -> HttpResponse:
    """Show the images of a listing or of one of its variations, and add to them."""
    one = listing_queries.listing(request.company, listing_id)
    variants = listing_queries.variants_of(one) if one.has_variants else []
    variant = _chosen(request, variants)
    if request.method == "POST":
        refused = _add(request, one, variant)
        if not refused:
            return redirect(_here(request, one, variant))
        return _page(request, one, variants, variant, refused=refused, status=422)
    return _page(request, one, variants, variant)


def _chosen(request: CompanyRequest, variants: list[ListingVariant]) -> ListingVariant | None:
    """The variation the address names; None is the listing itself."""
    asked = request.GET.get("variacao")
    if not asked:
        return None
    found = next((one for one in variants if one.pk == number_of(asked)), None)
    if found is None:
        raise Http404
    return found


def _here(request: CompanyRequest, one: Listing, variant: ListingVariant | None) -> str:
    address = reverse("listings:images", args=[request.company.slug, one.pk])
    return f"{address}?{urlencode({'variacao': variant.pk})}" if variant else address


def _page(
    request: CompanyRequest,
    one: Listing,
    variants: list[ListingVariant],
    variant: ListingVariant | None,
    *,
    refused: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    found = listing_queries.images_of(one)
    own = found.get(variant.pk if variant else None, [])
    groups: list[dict[str, Any]] = [
        {"name": name, "url": _here(request, one, row), "images": found.get(pk, []), "is_current": row is variant}
        for name, pk, row in [
            ("Do anúncio", None, None),
            *((variant_name((row.value_1, row.value_2)), row.pk, row) for row in variants),
        ]
    ]
    facts = {
        **head(request, one, "images"),
        "variant": variant,
        "variant_name": variant_name((variant.value_1, variant.value_2)) if variant else "",
        "images": own,
        "groups": groups if variants else [],
        "room": MOST_IMAGES - len(own),
        "most": MOST_IMAGES,
        "here": _here(request, one, variant),
        "refused": refused or [],
        "url": request.POST.get("url", ""),
        "has_public_url": bool(settings.PUBLIC_URL),
    }
    return allow_pictures(render(request, "listings/images.html", facts, status=status))


def _add(request: CompanyRequest, one: Listing, variant: ListingVariant | None) -> list[str]:
    """Add what was sent, and return what was refused, in words."""
    facts: dict[str, Any] = {
        "company": request.company,
        "listing_id": one.pk,
        "variant_id": variant.pk if variant else None,
        "by": request.user.email,
        "now": timezone.now(),
    }
    files, url = request.FILES.getlist("arquivos"), request.POST.get("url", "").strip()
    if not files and not url:
        return ["Escolha um arquivo, ou escreva um endereço."]
    said = [_upload(request, file, facts) for file in files]
    if url:
        said.append(_refusal(lambda: image_operations.add_address(url=url, **facts)))
    refused = [refusal for refusal in said if refusal]
    if added := len(said) - len(refused):
        messages.success(request, "Imagem gravada." if added == 1 else f"{added} imagens gravadas.")
    return refused


def _upload(request: CompanyRequest, file: UploadedFile[Any], facts: dict[str, Any]) -> str:
    """Add one file, say how it was changed, and return why it was refused, if it was."""

    def add() -> None:
        if note := image_operations.add_picture(content=_read(file), **facts):
            messages.info(request, f"{file.name}: a imagem {note}, para caber no Tray.")

    refusal = _refusal(add)
    return f"{file.name}: {refusal}" if refusal else ""


def _refusal(act: Callable[[], None]) -> str:
    try:
        act()
    except Refused as refusal:
        return str(refusal)
    return ""


def _read(file: UploadedFile[Any]) -> bytes:
    """Return what a file holds; of one that is too large nothing is read."""
    if file.size is None or file.size > LARGEST_UPLOAD:
        raise WrongPicture("A imagem tem mais de 15 MB. Reduza-a e envie de novo.")
    return bytes(file.read())


@company_view(methods=("POST",))
def order(request: CompanyRequest, listing_id: int) -> HttpResponse:
    """Put the images in the order in which they were sent."""
    one = listing_queries.listing(request.company, listing_id)
    variant = _chosen(request, listing_queries.variants_of(one))
    sent = [pk for text in request.POST.getlist("imagem") if (pk := number_of(text)) is not None]
    try:
        image_operations.order_images(
            company=request.company,
            listing_id=one.pk,
            variant_id=variant.pk if variant else None,
            image_ids=moved(sent, request.POST.get("mover", "")),
            by=request.user.email,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Ordem das imagens gravada.")
    return redirect(_here(request, one, variant))


@company_view(methods=("POST",))
def remove(request: CompanyRequest, listing_id: int, image_id: int) -> HttpResponse:
    """Take an image away."""
    one = listing_queries.listing(request.company, listing_id)
    variant = _chosen(request, listing_queries.variants_of(one))
    try:
        image_operations.remove_image(
            company=request.company, listing_id=one.pk, image_id=image_id, by=request.user.email, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Imagem removida.")
    return redirect(_here(request, one, variant))
