"""The columns of each kind of sheet: what they are called, how their cells are read, and what they may say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from ahead.catalog import rules
from ahead.catalog.listing_operations import CLEAN as LISTING_CLEAN
from ahead.lib.sheets import EMPTIED, unguarded
from ahead.spreadsheets.rules import (
    WrongCell,
    WrongFile,
    names_alike,
    read_day,
    read_number,
    read_whole,
    read_yes,
)

Type = Literal["text", "weight", "money", "whole", "yes", "day", "category"]
_NEVER = object()  # of a column that may not be emptied


def _same(value: Any) -> Any:
    return value


_PARSED: dict[Type, Callable[[str], Any]] = {
    "text": _same,
    "weight": rules.read_weight,
    "money": read_number,
    "whole": read_whole,
    "yes": read_yes,
    "day": read_day,
    "category": _same,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `field` is what it says of a row's target, or how the row finds it."""

    name: str
    field: str
    type: Type = "text"
    clean: Callable[[Any], Any] = _same
    empty: Any = _NEVER  # what "-" stands for
    aliases: tuple[str, ...] = ()
    note: str = ""
    example: object = ""
    is_key: bool = False
    is_ours: bool = False  # of rows the program writes: in no model, and in no list that is exported

    def read(self, text: str) -> Any:
        """
        Return what a cell says, by the rules of the operation that will write it.

        :raises Refused: if it cannot be read or is not allowed; the text is for the person.
        """
        if text == EMPTIED:
            if self.empty is _NEVER:
                raise WrongCell(f"O campo {self.name} não pode ficar vazio.")
            return self.clean(self.empty)
        return self.clean(_PARSED[self.type](unguarded(text)))


def _product(name: str, field: str, kind: Type = "text", *, empty: Any = "", **more: Any) -> Column:
    return Column(name, field, kind, rules.CLEAN[field], empty, **more)


def _listing(name: str, field: str, kind: Type = "text", *, empty: Any = "", **more: Any) -> Column:
    return Column(name, field, kind, LISTING_CLEAN.get(field, _same), empty, **more)


_CODE = _product("Código AHEAD", "code", aliases=("Código",), is_key=True, example="CAN-001")
_STORE = Column("Loja", "store", note="O nome da Loja, ou o número dela.", is_key=True)
_YES = "sim ou não"
_AMOUNT = "Em reais, como 1.234,56."
_PROMOTION = (
    _listing("Preço promocional", "promotional_price", "money", empty=None, note=_AMOUNT, example=Decimal("24.90")),
    _listing("Promoção de", "promotion_starts_on", "day", empty=None, example=date(2026, 12, 1)),
    _listing("Promoção até", "promotion_ends_on", "day", empty=None, example=date(2026, 12, 24)),
)

PRODUCTS = (
    _CODE,
    _product("Descrição", "name", example="Caneca de cerâmica azul 300 ml"),
    _product("Referência", "reference", aliases=("Referência (SKU)", "SKU"), example="CAN-AZUL-300"),
    _product(
        "GTIN", "gtin", note="O código de barras, ou SEM GTIN.", aliases=("EAN", "Código de barras"), example="SEM GTIN"
    ),
    _product("NCM", "ncm", note="8 dígitos.", example="69120000"),
    _product("Origem", "origem", empty="0", note="De 0 a 8: 0 se é nacional.", example="0"),
    _product("CEST", "cest", note="7 dígitos, se há substituição tributária.", example="2001200"),
    _product("Unidade", "unit", example="UN"),
    _product("Marca", "brand", example="Cozinha Boa"),
    _product("Modelo", "model", example="Clássica"),
    _product("Garantia", "warranty", example="90 dias"),
    Column(
        "Peso",
        "weight_g",
        "weight",
        rules.CLEAN["weight_g"],
        0,
        ("Peso (g)",),
        "Em gramas, ou com a unidade: 350 g, 0,35 kg.",
        350,
    ),
    _product(
        "Comprimento", "length_cm", "whole", empty=0, aliases=("Comprimento (cm)",), note="Em centímetros.", example=12
    ),
    _product("Largura", "width_cm", "whole", empty=0, aliases=("Largura (cm)",), note="Em centímetros.", example=9),
    _product("Altura", "height_cm", "whole", empty=0, aliases=("Altura (cm)",), note="Em centímetros.", example=10),
    _product("Custo", "cost", "money", empty=0, note=_AMOUNT, example=Decimal("12.40")),
    _product("Preço", "price", "money", empty=0, note=_AMOUNT, example=Decimal("29.90")),
    Column("Ativo", "is_active", "yes", note=_YES, example=True),
)
PRICES = (
    Column("Loja", "store", note="Em branco: o preço do próprio produto.", is_key=True),
    _CODE,
    _product("Referência", "reference", note="No lugar do código.", aliases=("Referência (SKU)", "SKU"), is_key=True),
    _listing("Preço", "price", "money", empty=None, note=_AMOUNT, example=Decimal("29.90")),
    *_PROMOTION,
)
STOCK = (
    Column("Estoque", "warehouse", note="O nome do Estoque, ou o número dele.", is_key=True),
    _CODE,
    Column(
        "Contagem", "on_hand", "whole", aliases=("Em mãos",), note="O que foi contado, reservas incluídas.", example=40
    ),
)
LISTINGS = (
    Column("Código da variação", "variant", "whole", is_key=True, is_ours=True),
    _STORE,
    _product("Código AHEAD", "code", is_key=True, example="CAN-001"),
    _listing("Título", "title", example="Caneca de cerâmica azul 300 ml"),
    _listing("Categoria", "category_id", "category", empty="", note="O caminho dela, como Cozinha > Canecas."),
    _listing("Descrição curta", "description_small", example="Vai ao micro-ondas."),
    _listing("Descrição", "description", note="Texto, ou HTML simples; até 4.800 letras."),
    _listing(
        "Preço", "price", "money", empty=None, aliases=("Preço nesta loja",), note=f"{_AMOUNT} «-» volta ao do produto."
    ),
    *_PROMOTION,
    _listing("Preço sob consulta", "is_price_on_request", "yes", empty=False, note=_YES, example=False),
    _listing("Visível", "is_visible", "yes", empty=False, aliases=("Visível na loja",), note=_YES, example=True),
    _listing("Disponibilidade", "availability", example="Disponível"),
    _listing("Dias para envio", "availability_days", "whole", empty=0, example=2),
    _listing("Lançamento", "releases_on", "day", empty=None),
    _listing("Título da página", "page_title"),
    _listing("Palavras-chave", "keywords"),
    _listing("Descrição para buscadores", "meta_description"),
    _listing("Estoque de segurança", "safety_stock", "whole", empty=None, note="Em branco, ou «-»: o da Loja."),
    Column("Código do anúncio", "listing", "whole", note="No lugar da Loja e do Código AHEAD.", is_key=True),
)
COLUMNS: Mapping[str, Sequence[Column]] = {
    "products": PRODUCTS,
    "prices": PRICES,
    "stock": STOCK,
    "listings": LISTINGS,
}
# what a sheet cannot do without: one of each group, the first by rights
_NEEDED: Mapping[str, Sequence[Sequence[str]]] = {
    "products": (("code",),),
    "prices": (("code", "reference"),),
    "stock": (("warehouse",), ("code",), ("on_hand",)),
    "listings": (("store", "listing", "variant"), ("code", "listing", "variant")),
}


def column_of(kind: str, field: str) -> Column:
    """Return the column of a kind that says a field."""
    return next(column for column in COLUMNS[kind] if column.field == field)


def shown_columns(kind: str) -> list[Column]:
    """Return the columns of a kind that people see."""
    return [column for column in COLUMNS[kind] if not column.is_ours]


def is_needed(kind: str, column: Column) -> bool:
    """Whether a sheet of a kind cannot do without a column, but for what its note says may stand in its place."""
    return any(group[0] == column.field for group in _NEEDED[kind])


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column stands where in a sheet, and the headings that none of ours is called."""

    columns: Mapping[int, Column]
    ignored: list[str]

    def place(self, field: str) -> int | None:
        """Return where the column of a field stands, or None where the sheet has none."""
        return next((place for place, column in self.columns.items() if column.field == field), None)


def lay_out(kind: str, header: Sequence[str], *, given: Collection[str] = ()) -> Layout:
    """
    Return which column of a kind each heading is, whatever their order, accents and capitals; what was given
    for the whole sheet needs none.

    :raises WrongFile: if one that is needed is missing, one is there twice, or there is nothing to say.
    """
    known = {names_alike(name): one for one in COLUMNS[kind] for name in (one.name, *one.aliases)}
    columns: dict[int, Column] = {}
    ignored = []
    for place, heading in enumerate(header):
        column = known.get(names_alike(heading))
        if column is None:
            ignored += [heading] if heading else []
        elif column in columns.values():
            raise WrongFile(f"A planilha tem duas colunas {column.name}. Deixe só uma.")
        else:
            columns[place] = column
    found = {column.field for column in columns.values()}
    for group in _NEEDED[kind]:
        if not (found | set(given)) & set(group):
            names = " nem ".join(column_of(kind, field).name for field in group)
            raise WrongFile(f"Não encontramos a coluna {names} na primeira linha. Baixe o modelo e compare os títulos.")
    if all(column.is_key for column in columns.values()):
        raise WrongFile("A planilha só diz de que se trata, e não o que mudar. Baixe o modelo e compare os títulos.")
    return Layout(columns, ignored)


def stored(value: Any) -> Any:
    """Return a value as a row of the database keeps it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def restored(type_: Type, value: Any) -> Any:
    """Return a value as it was before it was stored; of a category its id."""
    if value is None:
        return None
    if type_ == "money":
        return Decimal(value)
    if type_ == "day":
        return date.fromisoformat(value)
    return value[0] if type_ == "category" else value
