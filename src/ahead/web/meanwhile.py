"""Forms that were open for a while: what nobody touched in them follows what others wrote meanwhile."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.choices import flatten_choices
from django.utils.html import format_html
from django.utils.text import Truncator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django.forms import BoundField
    from django.utils.safestring import SafeString

    Sent = str | list[str]  # a field as a browser sends it

SEEN = "vistos"
_LONGEST_SAID = 80
_UNSEEN = (forms.PasswordInput, forms.FileInput)


class ChangeForm(forms.Form):
    """
    The fields of something that is there; `initial` is how it is now.

    A page sends all its fields, also those that its person left alone: `seen`, which its template writes into the form,
    says what they showed. One that still says so follows what is there now. One that the person changed, and somebody
    else to something else, is refused once, with both. A page that says nothing of what it showed is taken as it is.

    :cvar left_alone: The fields that have their own way of telling.
    """

    left_alone: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lines: dict[str, list[list[str]]] = {}

    @property
    def seen(self) -> SafeString:
        """What the fields show, for the page to send back."""
        shown: dict[str, Any] = {bound.name: _shown(bound) for bound in self._followed()} | self._lines
        return format_html(
            '<input type="hidden" name="{}" value="{}">',
            self.add_prefix(SEEN),
            json.dumps(shown, ensure_ascii=False, separators=(",", ":")),
        )

    def was_moved(self, name: str) -> bool:
        """Return whether somebody else changed what a field showed."""
        was, now = self._page_said().get(name), _shown(self[name])
        return was is not None and not _is_same(was, now)

    def follow_lines(
        self, name: str, label: str, *, now: Sequence[Sequence[str]], sent: Sequence[Sequence[str]]
    ) -> list[list[str]]:
        """
        Return lines that are drawn beside the fields: as they were sent, or as they are now where nobody touched them.

        :param label: What they are called where they are refused, in the plural.
        """
        there, typed = [[*line] for line in now], [[*line] for line in sent]
        was = self._page_said().get(name)
        self._lines[name] = there
        if was is None or there in (was, typed):
            return typed
        if typed == was:
            return there
        self.add_error(
            None, f"{label} mudaram enquanto esta tela estava aberta. Confira, e grave de novo se valem estes."
        )
        return typed

    def full_clean(self) -> None:
        """Let what nobody touched follow, read the fields, and refuse what two people changed."""
        refused = self._follow() if self.is_bound else {}
        super().full_clean()
        for name, why in refused.items():
            self.add_error(name, why)

    def _followed(self) -> Iterator[BoundField]:
        for bound in self:
            if not (bound.name in self.left_alone or bound.field.disabled or isinstance(bound.field.widget, _UNSEEN)):
                yield bound

    def _page_said(self) -> Mapping[str, Any]:
        """What the page said that its fields showed; nothing where it said nothing that can be read."""
        try:
            said = json.loads(self.data.get(self.add_prefix(SEEN), "{}")) if self.is_bound else {}
        except (ValueError, RecursionError):
            said = {}
        return said if isinstance(said, dict) else {}

    def _follow(self) -> dict[str, str]:
        was_all, refused, following = self._page_said(), {}, []
        for bound in self._followed() if was_all else ():
            was, now, sent = was_all.get(bound.name), _shown(bound), _sent(bound)
            if was is None or _is_same(was, now):
                continue
            if sent is None or _is_same(sent, was):
                following.append((bound, now))
            elif not _is_same(sent, now):
                refused[bound.name] = (
                    f"{bound.label} mudou para {_said(bound, now)} enquanto esta tela estava aberta; você escreveu "
                    f"{_said(bound, sent)}. Confira, e grave de novo se vale o seu."
                )
        if following:
            data = QueryDict(mutable=True)
            data.update(self.data)
            for bound, now in following:
                _put(data, bound, now)
            self.data = data
        return refused


def _shown(bound: BoundField) -> Sent:
    """Return what a field shows of what is there now, as a browser sends it that leaves it alone."""
    value, widget = bound.field.prepare_value(bound.initial), bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "on" if widget.check_test(value) else ""
    if isinstance(bound.field, forms.ChoiceField):
        offered = _offered(bound)
        if getattr(widget, "allow_multiple_selected", False):
            return sorted(str(one) for one in value or () if str(one) in offered)
        return str(value) if str(value) in offered else ""
    text = widget.format_value(value)
    return "" if text is None else str(text)


def _sent(bound: BoundField) -> Sent | None:
    """Return what was sent of a field; None where the page did not have it."""
    widget, form = bound.field.widget, bound.form
    if widget.value_omitted_from_data(form.data, form.files, bound.html_name):
        return None
    sent = bound.data
    if isinstance(sent, bool):
        return "on" if sent else ""
    return sorted(map(str, sent)) if isinstance(sent, list) else str(sent or "")


def _put(data: QueryDict, bound: BoundField, now: Sent) -> None:
    if isinstance(now, list):
        data.setlist(bound.html_name, now)
    elif now or not isinstance(bound.field.widget, forms.CheckboxInput):
        data[bound.html_name] = now
    else:
        data.pop(bound.html_name, None)


def _is_same(one: object, other: object) -> bool:
    return _bare(one) == _bare(other)


def _bare(value: object) -> object:
    """Return a text without what a browser does to it on the way: ends of lines, and space that fields take off."""
    return "\n".join(value.split("\r\n")).strip() if isinstance(value, str) else value


def _offered(bound: BoundField) -> dict[str, str]:
    field = bound.field
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  as whoever asks has seen
    choices: Any = field.choices
    flat: Iterable[tuple[Any, Any]] = flatten_choices(choices)
    return {str(key): str(text).strip() for key, text in flat}


def _said(bound: BoundField, value: Sent) -> str:
    """Return a value as people read it."""
    if isinstance(bound.field.widget, forms.CheckboxInput):
        return "«sim»" if value else "«não»"
    texts = value if isinstance(value, list) else [value] if value else []
    if isinstance(bound.field, forms.ChoiceField):
        offered = _offered(bound)
        texts = [offered.get(text, text) for text in texts]
    elif isinstance(bound.field, forms.DateField):
        texts = [_day(text) for text in texts]
    return f"«{Truncator(', '.join(texts)).chars(_LONGEST_SAID)}»" if texts else "em branco"


def _day(text: str) -> str:
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        return text
