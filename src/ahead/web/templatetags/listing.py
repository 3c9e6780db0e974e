"""Lists whose state is in the address: filters, chips, sorting, paging."""

from typing import Any

from django import forms, template
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, QueryDict
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ahead.web.listing import OpenPaginator
from ahead.web.streaming import FORMAT
from ahead.web.templatetags.formats import plural

register = template.Library()

BULK_LABEL, BULK_ICON = "Editar em lote", "list-checks"

SORT, PAGE = "ordem", "pagina"
FORMATS = (("xlsx", "Planilha (XLSX)"), ("csv", "Texto (CSV)"))


def _address(asked: QueryDict, **changes: str | None) -> str:
    """The query with some parts changed or, with None, taken out; always starts with "?"."""
    query = asked.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


def _asked(context: template.Context) -> QueryDict:
    request: HttpRequest | None = context.get("request")
    return request.GET if request else QueryDict()


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(
    context: template.Context, label: str, key: str, default: str = "", *, number: bool = False
) -> dict[str, Any]:
    """Draw a column heading that sorts by `ordem=key` and, pressed again, by `ordem=-key`."""
    asked = _asked(context)
    current = asked.get(SORT) or default
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    turned = f"-{key}" if direction == "ascending" else key
    return {
        "label": label,
        "direction": direction,
        "url": _address(asked, **{SORT: turned, PAGE: None}),
        "number": number,
    }


def _how_many(paginator: "Paginator[Any]", noun: str) -> str:
    if not isinstance(paginator, OpenPaginator):
        return plural(paginator.count, noun)
    return f"mais de {plural(paginator.more_than, noun)}" if paginator.more_than else ""


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page: Page[Any], noun: str = "registro,registros") -> dict[str, Any]:
    """Draw "51–100 de 1.234 pedidos" and the pages around this one; where nothing was counted, "51–100"."""
    asked, paginator = _asked(context), page.paginator
    numbers = paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "first": page.start_index(),
        "last": page.end_index(),
        "total": _how_many(paginator, noun),
        "is_empty": not paginator.count,
        "several": paginator.num_pages > 1,
        "previous": _address(asked, **{PAGE: str(page.number - 1)}) if page.has_previous() else "",
        "following": _address(asked, **{PAGE: str(page.number + 1)}) if page.has_next() else "",
        "pages": [
            {
                "text": str(number),
                "url": _address(asked, **{PAGE: str(number)}) if isinstance(number, int) else "",
                "is_current": number == page.number,
            }
            for number in numbers
        ],
    }


@register.simple_block_tag(takes_context=True)
def selectable(
    context: template.Context,
    content: str,
    sheet_url: str,
    bulk_url: str = "",
    bulk_label: str = BULK_LABEL,
    bulk_icon: str = BULK_ICON,
    files_url: str = "",
) -> SafeString:
    """
    Let the rows of a table be selected, exported by `sheet_url`, and dealt with at once at `bulk_url`.

    `files_url` gives their documents in a ZIP. The table may hold forms of its own.
    """
    facts = {
        "content": content,
        "sheet_url": sheet_url,
        "bulk_url": bulk_url,
        "bulk_label": bulk_label,
        "bulk_icon": bulk_icon,
        "files_url": files_url,
        "asked": [(name, value) for name, values in _asked(context).lists() for value in values],
    }
    return SafeString(get_template("components/selectable.html").render(facts))


@register.simple_tag
def select_all() -> SafeString:
    """Draw the heading of the column of boxes."""
    return SafeString(
        '<th class="table__select"><input type="checkbox" class="select-all"'
        ' aria-label="Selecionar todos desta página"></th>'
    )


@register.simple_tag
def select_row(name: str, value: int, label: str) -> SafeString:
    """Draw the box of a row; label is what is selected: "a Loja do Sol"."""
    return format_html(
        '<td class="table__select"><input type="checkbox" class="select-row" form="selection" name="{}" value="{}"'
        ' aria-label="Selecionar {}"></td>',
        name,
        str(value),
        label,
    )


def _is_search(bound: forms.BoundField) -> bool:
    return getattr(bound.field.widget, "input_type", "") == "search" or bound.name == "q"


@register.inclusion_tag("components/filter_bar.html", takes_context=True)
def filter_bar(
    context: template.Context, form: forms.Form, target: str = "", label: str = "Filtrar", icon: str = "list-filter"
) -> dict[str, Any]:
    """Draw a GET form: the search field first, then the choices; with target the list answers in place."""
    asked = _asked(context)
    visible = form.visible_fields()
    names = {bound.html_name for bound in visible}
    return {
        "search": next((bound for bound in visible if _is_search(bound)), None),
        "choices": [bound for bound in visible if not _is_search(bound)],
        "hidden": form.hidden_fields(),
        "is_filtered": any(asked.get(name) for name in names),
        "sort": asked.get(SORT, ""),
        "target": target,
        "label": label,
        "icon": icon,
        "path": getattr(context.get("request"), "path", ""),
    }


def _words(bound: forms.BoundField, value: str) -> str:
    """What a value of the address is called on the screen."""
    if isinstance(bound.field, forms.BooleanField) and not isinstance(bound.field, forms.NullBooleanField):
        return ""
    if isinstance(bound.field, forms.DateField):
        cleaned = getattr(bound.form, "cleaned_data", {}).get(bound.name)
        return f"{cleaned:%d/%m/%Y}" if cleaned else value
    for key, label in getattr(bound.field.widget, "choices", ()):
        inner = label if isinstance(label, (list, tuple)) else [(key, label)]
        for choice, text in inner:
            if str(choice) == value:
                return str(text)
    return value


@register.inclusion_tag("components/filter_chips.html", takes_context=True)
def filter_chips(context: template.Context, form: forms.Form) -> dict[str, Any]:
    """Draw one chip for each filter in the address; pressing it takes that filter out."""
    asked = _asked(context)
    chips = []
    for bound in form.visible_fields():
        values = asked.getlist(bound.html_name)
        for value in filter(None, values):
            without = asked.copy()
            without.setlist(bound.html_name, [other for other in values if other != value])
            without.pop(PAGE, None)
            label = "Busca" if _is_search(bound) else bound.label
            chips.append({"label": label, "words": _words(bound, value), "url": f"?{without.urlencode()}"})
    sort = asked.get(SORT)
    return {"chips": chips, "clear_url": f"?{SORT}={sort}" if sort else "?"}


@register.inclusion_tag("components/export_menu.html")
def export_menu(url: str, name: str = "exportar", label: str = "Exportar", variant: str = "small") -> dict[str, Any]:
    """Draw the menu that takes a list along, as the kind of file that is chosen; the name is unique on the page."""
    joint = "&" if "?" in url else "?"
    files = [{"label": words, "url": f"{url}{joint}{FORMAT}={ending}"} for ending, words in FORMATS]
    return {"name": name, "label": label, "variant": variant, "files": files}


@register.inclusion_tag("components/list_head.html", takes_context=True)
def list_head(
    context: template.Context,
    form: forms.Form,
    page: Page[Any],
    noun: str,
    sheet_url: str = "",
    bulk_url: str = "",
    bulk_label: str = BULK_LABEL,
    bulk_icon: str = BULK_ICON,
) -> dict[str, Any]:
    """
    Draw what stands on a list: its chips, how many match, and what changes or exports all of them.

    It stands inside what htmx swaps, so that it always speaks of the list below.
    """
    asked = _asked(context).urlencode()
    count = page.paginator.count
    query = f"?{asked}" if asked else ""
    return {
        **filter_chips(context, form),
        "count": _how_many(page.paginator, noun) if count else "",
        "sheet_url": f"{sheet_url}{query}" if sheet_url and count else "",
        "bulk_url": f"{bulk_url}{query}" if bulk_url and count else "",
        "bulk_label": bulk_label,
        "bulk_icon": bulk_icon,
    }
