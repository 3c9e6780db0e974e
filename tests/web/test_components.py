"""Formats, charts and components: rendered, without a database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from ahead.db.paging import Page as QueryPage
from ahead.web.listing import shown
from ahead.web.templatetags import charts, formats

NOW = datetime(2026, 11, 24, 17, 32, tzinfo=UTC)


def render(source: str, path: str = "/", **facts: object) -> str:
    request = RequestFactory().get(path)
    return Template("{% load ahead %}" + source).render(Context({"request": request, **facts}))


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


class TestMoney:
    @pytest.mark.parametrize(
        ("amount", "text"),
        [
            (Decimal("1234.56"), "R$ 1.234,56"),
            (Decimal("-0.5"), "−R$ 0,50"),
            (Decimal(0), "R$ 0,00"),
            (1_000_000, "R$ 1.000.000,00"),
            (None, "—"),
        ],
    )
    def test_reads_as_in_brazil(self, amount: Decimal | None, text: str) -> None:
        assert formats.money(amount).replace("\u00a0", " ") == text

    def test_refuses_what_is_not_exact(self) -> None:
        with pytest.raises(TypeError):
            formats.money(1.1)  # type: ignore[arg-type]


class TestQuantity:
    @pytest.mark.parametrize(
        ("amount", "text"),
        [
            (Decimal("1234.500"), "1.234,5"),
            (Decimal(100), "100"),
            (Decimal("1E+3"), "1.000"),
            (Decimal("0.000"), "0"),
            (-3, "−3"),
            (None, "—"),
        ],
    )
    def test_has_no_idle_zeros(self, amount: Decimal | None, text: str) -> None:
        assert formats.quantity(amount) == text

    def test_names_its_unit(self) -> None:
        assert formats.quantity(12, "kg") == "12\u00a0kg"

    def test_agrees_with_its_noun(self) -> None:
        assert [formats.plural(count, "pedido,pedidos") for count in (0, 1, 1_234)] == [
            "0 pedidos",
            "1 pedido",
            "1.234 pedidos",
        ]

    def test_writes_a_share(self) -> None:
        assert formats.percent(Decimal("0.125")) == "12,5%"


class TestMoments:
    @pytest.mark.parametrize(
        ("moment", "text"),
        [
            (NOW, "hoje 14:32"),
            (datetime(2026, 11, 23, 12, 10, tzinfo=UTC), "ontem 09:10"),
            (datetime(2026, 11, 25, 11, 0, tzinfo=UTC), "amanhã 08:00"),
            (datetime(2026, 7, 3, 17, 5, tzinfo=UTC), "03/07/2026 14:05"),
        ],
    )
    def test_are_said_as_people_do(self, moment: datetime, text: str) -> None:
        assert formats.moment_text(moment, NOW) == text

    def test_belong_to_the_day_of_brasilia_not_of_greenwich(self) -> None:
        late = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
        assert formats.moment_text(late, NOW) == "hoje 22:30"
        assert formats.day(late) == '<time datetime="2026-11-24">24/11/2026</time>'

    def test_carry_the_full_moment(self) -> None:
        text = formats.when(NOW, NOW)
        assert 'datetime="2026-11-24T17:32:00+00:00"' in text
        assert 'title="24/11/2026 14:32:00 (horário de Brasília)"' in text

    def test_without_time_zone_are_refused(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            formats.when(NOW.replace(tzinfo=None))

    @pytest.mark.parametrize(
        ("passed", "text"), [(10, "agora há pouco"), (200, "há 3 min"), (7_300, "há 2 h"), (200_000, "há 2 d")]
    )
    def test_say_how_long_ago(self, passed: int, text: str) -> None:
        assert f">{text}</time>" in formats.ago(NOW - timedelta(seconds=passed), NOW)

    @pytest.mark.parametrize(
        ("span", "text"),
        [
            (0.34, "340 ms"),
            (3.21, "3,2 s"),
            (9.97, "10 s"),
            (timedelta(seconds=59), "59 s"),
            (timedelta(minutes=3, seconds=7), "3 min 07 s"),
            (7_620, "2 h 07 min"),
            (98_000, "1 d 3 h"),
            (None, "—"),
        ],
    )
    def test_spans_have_two_units(self, span: float | timedelta | None, text: str) -> None:
        assert formats.duration(span) == text

    def test_days_need_no_clock(self) -> None:
        assert formats.day(date(2026, 1, 2)) == '<time datetime="2026-01-02">02/01/2026</time>'


class TestNumbersOfPeople:
    @pytest.mark.parametrize(
        ("number", "text"),
        [
            ("39053344705", "390.533.447-05"),
            ("11222333000181", "11.222.333/0001-81"),
            ("12.abc.345/01de-35", "12.ABC.345/01DE-35"),
            ("123", "123"),
            ("", "—"),
        ],
    )
    def test_documents_are_punctuated(self, number: str, text: str) -> None:
        assert formats.document(number) == text

    def test_postcodes_and_phones_too(self) -> None:
        assert formats.postcode("01310100") == "01310-100"
        assert formats.phone("5511987654321") == "(11) 98765-4321"
        assert formats.phone("1132654321") == "(11) 3265-4321"
        assert formats.phone("0800") == "0800"

    def test_markup_in_a_number_stays_text(self) -> None:
        assert render("{{ number|document }}", number="<b>") == "&lt;b&gt;"


class TestCharts:
    def test_are_named_and_described(self) -> None:
        for svg in (
            charts.sparkline([1, 2, 3], "Pedidos"),
            charts.bars([("9h", 4)], "Pedidos", "pedidos"),
            charts.quota_bar(10, 100, "Cota"),
        ):
            root = drawn(svg)
            assert root.get("role") == "img"
            assert root.findtext("title")
            assert root.findtext("desc")

    def test_carry_no_style_nor_script(self) -> None:
        svg = charts.bars([("<script>", 4, 1)], "a & b") + charts.quota_bar(5, 10, "x", 3)
        assert "style=" not in svg
        assert "<script" not in svg

    def test_a_line_spans_its_box_oldest_left(self) -> None:
        line = drawn(charts.sparkline([0, 10, 5], "x")).find("polyline")
        assert line is not None
        assert line.get("points") == "0,29 52,3 104,16"

    def test_one_value_draws_no_line(self) -> None:
        assert charts.sparkline([3], "x") == ""

    def test_what_went_wrong_is_a_part_of_its_bar(self) -> None:
        group = drawn(charts.bars([("14h", 40, 10)], "x")).find("g")
        assert group is not None
        heights = [float(rect.get("height", "0")) for rect in group.findall("rect")]
        assert heights == [97.5, 32.5]
        assert group.findtext("title") == "14h: 40, 10 com erro"

    def test_more_wrong_than_counted_still_fits(self) -> None:
        rects = drawn(charts.bars([("14h", 1, 9)], "x")).findall("g/rect")
        assert [(rect.get("y"), rect.get("height")) for rect in rects] == [("23", "117")]

    def test_a_day_without_orders_still_has_its_scale(self) -> None:
        root = drawn(charts.bars([("0h", 0), ("1h", 0)], "x", "pedidos"))
        assert root.findtext("desc") == "Total: 0 pedidos. Maior: 0 em 0h."
        assert root.findall("g/rect") == []

    def test_a_quota_never_leaves_its_track(self) -> None:
        widths = [rect.get("width") for rect in drawn(charts.quota_bar(15, 10, "x", 5)).findall("rect")]
        assert widths == ["639", "640", "0"]


class TestComponents:
    def test_a_button_carries_htmx_and_a_spinner(self) -> None:
        html = render('{% button "Sincronizar" "primary" "refresh-cw" hx_post=url disabled=True %}', url="/x?a=1&b")
        assert html.startswith('<button class="button button--primary" type="button" hx-post="/x?a=1&amp;b" disabled>')
        assert 'class="spinner"' in html

    def test_a_button_leaves_out_what_is_not_so_but_keeps_zero(self) -> None:
        html = render('{% button "x" value=zero disabled=no title=nothing %}', zero=0, no=False, nothing=None)
        assert html == '<button class="button" type="button" value="0">x</button>'

    def test_a_button_of_one_icon_has_a_name(self) -> None:
        html = render('{% button "Atualizar" "icon" "rotate-cw" %}')
        assert 'title="Atualizar"' in html
        assert '<span class="visually-hidden">Atualizar</span>' in html

    def test_what_came_from_outside_is_escaped(self) -> None:
        evil = '"><script>'
        html = render(
            '{% badge "ok" evil %}{% tip evil %}{% raw evil %}{% stat evil 1 evil %}{% panel title=evil %}{{ evil }}'
            '{% endpanel %}{% consequences evil %}{% button evil data_x=evil %}{% dialog_button "d" evil %}',
            evil=evil,
        )
        assert "<script>" not in html
        assert '"">' not in html

    def test_a_progress_says_how_many_of_how_many(self) -> None:
        html = render('{% progress 1200 5000 "pedido,pedidos" %}')
        assert "1.200 de 5.000 pedidos" in html
        assert 'value="1200" max="5000"' in html

    def test_a_progress_of_unknown_length_has_no_value(self) -> None:
        html = render('{% progress 0 0 "pedido,pedidos" %}')
        assert "Preparando" in html
        assert "value=" not in html

    def test_a_dialog_posts_by_itself_or_through_the_form_around_it(self) -> None:
        alone = render('{% dialog "d" "Título" "Gravar" action="/x/" %}oi{% enddialog %}', csrf_token="abc")
        assert '<form class="dialog__actions" method="post" action="/x/">' in alone
        assert 'value="abc"' in alone
        inside = render('{% dialog "d" "Título" "Gravar" formaction="/y/" %}oi{% enddialog %}')
        assert "<form" not in inside
        assert 'type="submit" formaction="/y/"' in inside

    def test_outcome_is_said_in_words_beside_the_colour(self) -> None:
        assert "Com erros" in render('{% outcome "errors" %}')
        assert "Sem erros" in render('{% outcome "clean" %}')

    def test_raw_json_keeps_its_accents(self) -> None:
        assert "Situação" in render("{% raw value %}", value={"Situação": Decimal("1.50")})


class Filters(forms.Form):
    q = forms.CharField(label="Buscar", required=False)
    loja = forms.ChoiceField(label="Loja", choices=[("", "Todas"), ("7", "Casa Verde")], required=False)
    desde = forms.DateField(label="Desde", required=False)


class TestLists:
    def test_a_heading_sorts_then_turns_and_goes_back_to_page_one(self) -> None:
        first = render('{% sort_header "Data" "data" %}', "/?q=a&pagina=3")
        assert 'href="?q=a&amp;ordem=data"' in first
        assert "aria-sort" not in first
        again = render('{% sort_header "Data" "data" %}', "/?ordem=data")
        assert 'href="?ordem=-data"' in again
        assert 'aria-sort="ascending"' in again
        assert 'aria-sort="descending"' in render('{% sort_header "Data" "data" "-data" %}')

    def test_a_chip_takes_only_itself_out(self) -> None:
        path = "/?q=ana&loja=7&desde=2026-11-24&pagina=2&ordem=-data"
        form = Filters(RequestFactory().get(path).GET)
        assert form.is_valid()
        html = render("{% filter_chips form %}", path, form=form)
        assert 'href="?q=ana&amp;desde=2026-11-24&amp;ordem=-data"' in html
        assert "Loja: <b>Casa Verde</b>" in html
        assert "Desde: <b>24/11/2026</b>" in html
        assert "Busca: <b>ana</b>" in html

    def test_a_filter_bar_keeps_the_sorting_and_names_its_target(self) -> None:
        html = render('{% filter_bar form target="lista" %}', "/pedidos/?q=ana&ordem=data", form=Filters({"q": "ana"}))
        assert '<input type="hidden" name="ordem" value="data">' in html
        assert 'hx-get="/pedidos/"' in html
        assert 'hx-target="#lista"' in html
        assert "Limpar" in html

    def test_a_pager_says_where_it_is(self) -> None:
        page = Paginator(range(1_234), 50).get_page(2)
        html = render('{% pager page "pedido,pedidos" %}', "/?q=a", page=page)
        assert "51–100 de 1.234 pedidos" in html
        assert 'href="?q=a&amp;pagina=3"' in html

    @pytest.mark.parametrize(("more_than", "said"), [(10_000, "51–100 de mais de 10.000 pedidos<"), (0, "51–100<")])
    def test_of_a_list_that_was_not_counted_a_pager_says_no_number_that_is_not_so(
        self, more_than: int, said: str
    ) -> None:
        page = shown(QueryPage(list(range(50)), 2, 3, None, 50, more_than))
        html = render('{% pager page "pedido,pedidos" %}', page=page)
        assert said in html
        assert 'href="?pagina=3"' in html
        assert "pagina=4" not in html

    def test_a_pager_of_nothing_is_short(self) -> None:
        html = render('{% pager page "pedido,pedidos" %}', page=Paginator([], 50).get_page(1))
        assert "0 pedidos" in html
        assert "<a" not in html


class Fields(forms.Form):
    name = forms.CharField(label="Nome", help_text="Como aparece.")
    status = forms.MultipleChoiceField(label="Status", choices=[("1", "A")], widget=forms.CheckboxSelectMultiple)
    active = forms.BooleanField(label="Ativa", required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


class TestFields:
    def test_a_wrong_field_points_at_its_error_and_help(self) -> None:
        html = render("{% field form.name size='m' %}", form=Fields({}))
        assert 'for="id_name"' in html
        assert 'aria-describedby="id_name_helptext id_name_error"' in html
        assert 'id="id_name_error"' in html
        assert 'id="id_name_helptext"' in html
        assert 'aria-invalid="true"' in html

    def test_a_group_of_boxes_is_a_fieldset_with_a_legend(self) -> None:
        html = render("{% field form.status %}", form=Fields({}))
        assert "<fieldset" in html
        assert "<legend" in html
        assert "choices--invalid" in html

    def test_one_box_stands_inside_its_label(self) -> None:
        html = render("{% field form.active %}", form=Fields())
        assert '<label class="check"><input type="checkbox"' in html

    def test_a_hidden_field_has_no_label(self) -> None:
        html = render("{% field form.token %}", form=Fields())
        assert html.strip() == '<input type="hidden" name="token" id="id_token">'
