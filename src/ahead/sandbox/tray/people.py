"""Invented Brazilian people, companies and addresses; every document has valid check digits."""

from random import Random

from ahead.sandbox.tray.catalogue import slug_of
from ahead.sandbox.tray.records import Fields

WOMEN = (
    "Ana Beatriz", "Camila", "Débora", "Fernanda", "Gabriela", "Helena", "Isabela", "Juliana", "Larissa",
    "Letícia", "Luíza", "Mariana", "Patrícia", "Priscila", "Rafaela", "Renata", "Sílvia", "Tatiane", "Vitória",
)  # fmt: skip
MEN = (
    "Alexandre", "André", "Bruno", "Caio", "Daniel", "Eduardo", "Fábio", "Gustavo", "Henrique", "Igor",
    "João Pedro", "José Antônio", "Leandro", "Marcelo", "Otávio", "Paulo César", "Rogério", "Sérgio", "Vinícius",
)  # fmt: skip
SURNAMES = (
    "Almeida", "Araújo", "Barbosa", "Batista", "Cardoso", "Carvalho", "Conceição", "Costa", "Dias", "Fernandes",
    "Ferreira", "Freitas", "Gomes", "Gonçalves", "Lima", "Lopes", "Magalhães", "Martins", "Melo", "Moreira",
    "Nascimento", "Nogueira", "Oliveira", "Pereira", "Pinheiro", "Ribeiro", "Rocha", "Santos", "Silva", "Souza",
    "Teixeira", "Vasconcelos", "Xavier",
)  # fmt: skip
TRADES = ("Comércio de Presentes", "Utilidades", "Decorações", "Confecções", "Papelaria", "Hotelaria", "Buffet")
COMPLEMENTS = ("", "", "", "Apto 12", "Apto 304", "Bloco B", "Casa 2", "Fundos", "Sala 5", "Sobrado")
# city, state, beginning of the postal code, area code, streets, neighbourhoods
PLACES = (
    ("São Paulo", "SP", "013", "11", ("Rua Augusta", "Rua da Consolação"), ("Consolação", "Bela Vista")),
    ("Campinas", "SP", "130", "19", ("Avenida Francisco Glicério", "Rua Barão de Jaguara"), ("Centro", "Cambuí")),
    ("Marília", "SP", "175", "14", ("Rua das Flores", "Avenida Sampaio Vidal"), ("Centro", "Palmital")),
    ("Rio de Janeiro", "RJ", "222", "21", ("Rua das Laranjeiras", "Rua Pinheiro Machado"), ("Laranjeiras",)),
    ("Niterói", "RJ", "242", "21", ("Rua Gavião Peixoto", "Rua Moreira César"), ("Icaraí",)),
    ("Belo Horizonte", "MG", "301", "31", ("Rua da Bahia", "Avenida Afonso Pena"), ("Centro", "Lourdes")),
    ("Uberlândia", "MG", "384", "34", ("Avenida João Naves de Ávila", "Rua Goiás"), ("Centro",)),
    ("Curitiba", "PR", "802", "41", ("Rua Comendador Araújo", "Avenida Sete de Setembro"), ("Batel", "Centro")),
    ("Londrina", "PR", "860", "43", ("Avenida Higienópolis", "Rua Sergipe"), ("Centro",)),
    ("Porto Alegre", "RS", "900", "51", ("Rua dos Andradas", "Avenida Borges de Medeiros"), ("Centro Histórico",)),
    ("Florianópolis", "SC", "880", "48", ("Rua Felipe Schmidt", "Avenida Beira-Mar Norte"), ("Centro",)),
    ("Joinville", "SC", "892", "47", ("Rua do Príncipe", "Rua Visconde de Taunay"), ("Centro", "Atiradores")),
    ("Salvador", "BA", "401", "71", ("Avenida Sete de Setembro", "Rua da Graça"), ("Graça", "Vitória")),
    ("Recife", "PE", "500", "81", ("Rua da Aurora", "Avenida Conde da Boa Vista"), ("Boa Vista",)),
    ("Fortaleza", "CE", "601", "85", ("Avenida Santos Dumont", "Rua Barbosa de Freitas"), ("Aldeota",)),
    ("Brasília", "DF", "703", "61", ("SQS 308 Bloco C", "CLS 204 Bloco A"), ("Asa Sul",)),
    ("Goiânia", "GO", "740", "62", ("Avenida Goiás", "Rua 84"), ("Setor Sul", "Setor Central")),
    ("Manaus", "AM", "690", "92", ("Avenida Eduardo Ribeiro", "Rua Dez de Julho"), ("Centro",)),
)
_CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def cpf(random: Random) -> str:
    """Return a valid CPF, digits only."""
    digits = f"{random.randrange(10**9):09d}"
    for length in (10, 11):
        digits += _check_digit(digits, tuple(range(length, 1, -1)))
    return digits


def cnpj(random: Random) -> str:
    """Return a valid CNPJ, digits only."""
    digits = f"{random.randrange(10**8):08d}0001"
    digits += _check_digit(digits, _CNPJ_WEIGHTS[1:])
    return digits + _check_digit(digits, _CNPJ_WEIGHTS)


def ean13(number: int) -> str:
    """Return a valid EAN-13 of Brazil for a number below one thousand million."""
    digits = f"789{number:09d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-weighted % 10)


def _check_digit(digits: str, weights: tuple[int, ...]) -> str:
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    return "0" if rest < 2 else str(11 - rest)


def punctuated_cpf(digits: str) -> str:
    """Return a CPF with dots and dash."""
    return f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"


def punctuated_cnpj(digits: str) -> str:
    """Return a CNPJ with dots, slash and dash."""
    return f"{digits[:2]}.{digits[2:5]}.{digits[5:8]}/{digits[8:12]}-{digits[12:]}"


def place(random: Random) -> tuple[Fields, str]:
    """Return an address and the area code of its city."""
    city, state, postal, area, streets, neighborhoods = random.choice(PLACES)
    fields = {
        "address": random.choice(streets),
        "number": str(random.randrange(5, 2800)),
        "complement": random.choice(COMPLEMENTS),
        "neighborhood": random.choice(neighborhoods),
        "city": city,
        "state": state,
        "zip_code": f"{postal}{random.randrange(10, 99)}-{random.randrange(0, 999):03d}",
    }
    return fields, area


def person(random: Random) -> Fields:
    """Return the customer fields of a person."""
    is_woman = random.random() < 0.55
    first = random.choice(WOMEN if is_woman else MEN)
    name = f"{first} {random.choice(SURNAMES)} {random.choice(SURNAMES)}"
    fields, area = place(random)
    return {
        **fields,
        "type": "0",
        "name": name,
        "cpf": cpf(random),
        "gender": "1" if is_woman else "0",
        "email": f"{slug_of(name).replace('-', '.')}{random.randrange(10, 99)}@exemplo.test",
        "phone": f"{area}3{random.randrange(10**7):07d}",
        "cellphone": f"{area}9{random.randrange(10**8):08d}",
        "birth_date": f"{random.randrange(1955, 2005)}-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d}",
    }


def company(random: Random) -> Fields:
    """Return the customer fields of a company; the name is the contact's."""
    fields = person(random)
    owner = random.choice(SURNAMES)
    return {
        **fields,
        "type": "1",
        "cpf": "",
        "cnpj": punctuated_cnpj(cnpj(random)),
        "company_name": f"{owner} {random.choice(TRADES)} LTDA",
        "state_inscription": "ISENTO" if random.random() < 0.5 else f"{random.randrange(10**11, 10**12)}",
        "email": f"compras@{slug_of(owner)}.test",
        "birth_date": "0000-00-00",
    }
