"""A believable shop in Portuguese: household goods, clothes, decoration, and its orders."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ahead.sandbox.tray.box import TraySandbox
from ahead.sandbox.tray.people import ean13
from ahead.sandbox.tray.store import Store


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of product, sold in several models."""

    name: str
    code: str
    category: str
    ncm: str
    cents: int
    grams: int
    models: tuple[str, ...]
    axes: tuple[tuple[str, tuple[str, ...]], ...] = ()


COLOURS = ("Preta", "Branca", "Azul-marinho")
SIZES = ("P", "M", "G")
LINES = (
    Line("Caneca Esmaltada", "CAN", "Cozinha", "73239300", 3990, 350, ("350ml", "500ml", "Floral", "Retrô")),
    Line("Pires Esmaltado", "PIR", "Cozinha", "73239300", 1990, 120, ("14cm", "16cm", "Floral")),
    Line("Bule Esmaltado", "BUL", "Cozinha", "73239300", 11990, 900, ("1 litro", "1,5 litro", "Floral")),
    Line("Panela de Cerâmica", "PAN", "Cozinha", "69120000", 18990, 2100, ("18cm", "20cm", "24cm")),
    Line("Tábua de Bambu", "TAB", "Cozinha", "44191100", 5490, 800, ("Pequena", "Média", "Grande")),
    Line("Pote de Vidro", "POT", "Cozinha", "70134900", 2490, 600, ("500ml", "1 litro", "2 litros", "Hermético")),
    Line("Jogo Americano", "JOG", "Mesa Posta", "63049200", 4590, 300, ("Linho", "Crochê", "Xadrez", "Natural")),
    Line("Guardanapo de Linho", "GUA", "Mesa Posta", "63025900", 2990, 80, ("Cru", "Bordado", "Listrado")),
    Line("Taça de Cristal", "TAC", "Mesa Posta", "70132800", 6990, 250, ("Vinho", "Água", "Espumante")),
    Line("Travessa de Porcelana", "TRA", "Mesa Posta", "69111010", 8990, 1100, ("Oval", "Redonda", "Retangular")),
    Line("Vaso de Cerâmica", "VAS", "Decoração", "69139000", 7990, 1300, ("Nórdico", "Canelado", "Terracota")),
    Line("Luminária de Mesa", "LUM", "Decoração", "94052100", 15990, 1500, ("Industrial", "Articulada", "Cogumelo")),
    Line("Quadro Decorativo", "QUA", "Decoração", "49119100", 6490, 700, ("Botânico", "Abstrato", "Marinha")),
    Line("Vela Aromática", "VEL", "Decoração", "34060000", 3490, 280, ("Lavanda", "Capim-limão", "Baunilha", "Figo")),
    Line("Espelho Redondo", "ESP", "Decoração", "70099200", 24990, 4200, ("50cm", "60cm", "80cm")),
    Line("Cesto de Palha", "CES", "Organização", "46021900", 5990, 500, ("Seagrass", "Milho", "Junco")),
    Line("Caixa Organizadora", "CAI", "Organização", "39249000", 3290, 650, ("10 litros", "20 litros", "30 litros")),
    Line("Cabide de Madeira", "CAB", "Organização", "44211000", 1290, 150, ("Adulto", "Infantil", "Calça")),
    Line(
        "Camiseta", "CAM", "Roupas", "61091000", 5990, 180, ("Básica", "Estonada", "Gola V"),
        (("Cor", COLOURS), ("Tamanho", SIZES)),
    ),
    Line(
        "Vestido", "VES", "Roupas", "62044400", 15990, 320, ("Midi", "Longo", "Chemise"),
        (("Cor", ("Verde", "Terracota")), ("Tamanho", SIZES)),
    ),
    Line("Avental", "AVE", "Roupas", "62114200", 6990, 260, ("Jeans", "Linho", "Chef"), (("Cor", ("Cru", "Preto")),)),
    Line(
        "Pijama", "PIJ", "Roupas", "61083100", 11990, 300, ("Curto", "Longo", "Americano"),
        (("Tamanho", ("P", "M", "G", "GG")),),
    ),
    Line(
        "Toalha de Banho", "TOA", "Cama e Banho", "63026000", 4990, 450, ("Fio Penteado", "Waffle", "Egípcia"),
        (("Cor", ("Branca", "Cinza", "Rosé")),),
    ),
    Line(
        "Manta", "MAN", "Cama e Banho", "63014000", 8990, 900, ("Casal", "Queen", "Sofá"),
        (("Cor", ("Bege", "Musgo")),),
    ),
)  # fmt: skip
SHELVES = {
    "CAN": "Canecas", "PIR": "Pires", "BUL": "Bules", "PAN": "Panelas", "TAB": "Tábuas", "POT": "Potes",
    "JOG": "Jogos Americanos", "GUA": "Guardanapos", "TAC": "Taças", "TRA": "Travessas", "VAS": "Vasos",
    "LUM": "Iluminação", "QUA": "Quadros", "VEL": "Velas", "ESP": "Espelhos", "CES": "Cestos e Caixas",
    "CAI": "Cestos e Caixas", "CAB": "Cabides", "CAM": "Camisetas", "VES": "Vestidos", "AVE": "Aventais",
    "PIJ": "Pijamas", "TOA": "Toalhas", "MAN": "Mantas",
}  # fmt: skip
# name, reference, components: a product, its quantity and, if it is cheaper there, the discount
KITS: tuple[tuple[str, str, tuple[tuple[str, int, str], ...]], ...] = (
    ("Kit Café da Manhã", "KIT-CAFE", (("Caneca Esmaltada 350ml", 1, ""), ("Pires Esmaltado 14cm", 2, "10%"))),
    ("Par de Canecas Esmaltadas", "KIT-PAR", (("Caneca Esmaltada 350ml", 2, "5%"),)),
    (
        "Kit Café para Dois", "KIT-DOIS",
        (("Caneca Esmaltada 350ml", 2, ""), ("Pires Esmaltado 14cm", 2, ""), ("Bule Esmaltado 1 litro", 1, "15%")),
    ),
    ("Kit Mesa Posta", "KIT-MESA", (("Jogo Americano Linho", 4, ""), ("Guardanapo de Linho Cru", 4, "10%"))),
    (
        "Kit Jantar a Dois", "KIT-JANTAR",
        (("Jogo Americano Linho", 2, ""), ("Guardanapo de Linho Cru", 2, ""), ("Taça de Cristal Vinho", 2, "10%")),
    ),
    ("Kit Brinde", "KIT-BRINDE", (("Taça de Cristal Vinho", 4, "12%"), ("Travessa de Porcelana Oval", 1, ""))),
    (
        "Kit Cozinha Essencial", "KIT-COZINHA",
        (("Panela de Cerâmica 18cm", 1, ""), ("Tábua de Bambu Pequena", 1, "5.00"), ("Pote de Vidro 500ml", 3, "")),
    ),
    ("Kit Despensa", "KIT-DESPENSA", (("Pote de Vidro 500ml", 4, ""), ("Pote de Vidro 1 litro", 2, "10%"))),
    ("Kit Aconchego", "KIT-ACONCHEGO", (("Vela Aromática Lavanda", 2, ""), ("Vaso de Cerâmica Nórdico", 1, "10.00"))),
    (
        "Kit Organização", "KIT-ORGANIZA",
        (
            ("Cesto de Palha Seagrass", 1, ""),
            ("Caixa Organizadora 10 litros", 2, ""),
            ("Cabide de Madeira Adulto", 6, "20%"),
        ),
    ),
)  # fmt: skip
BRANDS = ("Casa Aurora", "Ateliê Marília", "Flor de Sal", "Barro & Linho")
EDITIONS = ("", "Clássica", "Outono", "Verão", "Edição Especial")
# status, share of the orders
STATUS_SHARES = (
    ("A ENVIAR", 12),
    ("A ENVIAR VINDI", 6),
    ("AGUARDANDO PAGAMENTO", 7),
    ("EM MONITORAMENTO", 2),
    ("ENVIADO", 5),
    ("FINALIZADO", 5),
    ("CANCELADO", 3),
)


def demo_store(
    box: TraySandbox, products: int = 200, orders: int = 40, slug: str = "casa-aurora", kits: int = len(KITS)
) -> Store:
    """Open a shop with products, variants, kits beside them, and orders of the last days."""
    store = box.add_store(slug=slug, name="Casa Aurora", cnpj="11.444.777/0001-61")
    fill_store(store, products=products, orders=orders, kits=kits)
    return store


def fill_store(store: Store, *, products: int, orders: int, kits: int = 0) -> None:
    """Put products, kits of those that are there, and orders into a store."""
    with store.changing():
        models = _models()
        for _ in range(products):
            line, name, edition = next(models)
            _add(store, line, f"{line.name} {name} {edition}".strip())
        _make_kits(store, kits)
        _order(store, orders)


def _models() -> Iterator[tuple[Line, str, str]]:
    rounds = 0
    while True:
        for edition in EDITIONS:
            label = f"{edition} {rounds + 1}".strip() if rounds else edition
            for place in range(max(len(line.models) for line in LINES)):
                for line in LINES:
                    if place < len(line.models):
                        yield line, line.models[place], label
        rounds += 1


def _add(store: Store, line: Line, name: str) -> None:
    random = store.random
    number = store.next_ids["product"] + 249
    price = Decimal(line.cents + random.randrange(-3, 12) * 100) / 100
    reference = f"{line.code}-{number}"
    product = store.add_product(
        name=name,
        reference=reference,
        price=price,
        stock=0 if line.axes else random.randrange(4, 160),
        ean="" if line.axes else ean13(1_000_000 + number * 100),
        ncm=line.ncm,
        brand=random.choice(BRANDS),
        category=f"{line.category} › {SHELVES[line.code]}",
        weight=str(line.grams),
        length=str(random.randrange(9, 40)),
        width=str(random.randrange(8, 35)),
        height=str(random.randrange(2, 30)),
        description=f"<p>{name}.</p>",
        description_small=name,
    )
    for place, axes in enumerate(_combinations(line), start=1):
        code = "-".join(_short(value) for value in axes.values())
        store.add_variant(
            product=product,
            reference=f"{reference}-{code}",
            price=price,
            stock=random.randrange(0, 40),
            ean=ean13(1_000_000 + number * 100 + place),
            axes=axes,
            weight=str(line.grams),
            order=place,
        )


def _make_kits(store: Store, kits: int) -> None:
    by_name = {product.name: product for product in store.products.values()}
    possible = [kit for kit in KITS if all(name in by_name for name, *_ in kit[2])]
    for name, reference, rows in possible[:kits]:
        store.add_kit(
            name=name,
            reference=reference,
            components=[(by_name[component], quantity, discount) for component, quantity, discount in rows],
            category="Kits e Presentes",
            brand=BRANDS[0],
            weight=str(sum(int(by_name[component].text("weight")) * quantity for component, quantity, _ in rows)),
            description=f"<p>{name}.</p>",
            description_small=name,
        )


def _combinations(line: Line) -> list[dict[str, str]]:
    combinations: list[dict[str, str]] = [{}] if line.axes else []
    for axis, values in line.axes:
        combinations = [{**known, axis: value} for known in combinations for value in values]
    return combinations


def _short(value: str) -> str:
    return value if len(value) <= 2 else value[:3].upper()


def _order(store: Store, orders: int) -> None:
    if not (orders and store.products):
        return
    total = sum(share for _, share in STATUS_SHARES)
    names = [name for name, share in STATUS_SHARES for _ in range(max(1, round(share * orders / total)))]
    store.random.shuffle(names)
    store.place_orders(orders, days=4, status=names)
