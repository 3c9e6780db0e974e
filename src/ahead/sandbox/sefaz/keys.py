"""Check digits the pretend SEFAZ computes for itself: of keys, CPF, CNPJ and GTIN."""

from itertools import cycle

KEY_LENGTH = 44
GTIN_LENGTHS = {8, 12, 13, 14}


def has_right_digit(key: str) -> bool:
    """Whether the last digit of a key is right: modulo 11, a character is worth its code less 48."""
    if len(key) != KEY_LENGTH:
        return False
    total = sum((ord(character) - 48) * weight for character, weight in zip(reversed(key[:-1]), cycle(range(2, 10))))
    digit = 11 - total % 11
    return key[-1] == str(0 if digit > 9 else digit)


def is_cnpj(text: str) -> bool:
    """Whether a CNPJ, with letters or without, has right digits."""
    body = text[:12]
    for _ in range(2):
        body += str(_cnpj_digit(body))
    return len(text) == 14 and body == text and len(set(text)) > 1


def is_cpf(text: str) -> bool:
    """Whether a CPF has right digits."""
    if len(text) != 11 or not text.isdecimal() or len(set(text)) == 1:
        return False
    for length in (9, 10):
        total = sum(int(digit) * weight for digit, weight in zip(text[:length], range(length + 1, 1, -1), strict=True))
        if int(text[length]) != total * 10 % 11 % 10:
            return False
    return True


def is_gtin(text: str) -> bool:
    """Whether a GTIN has a right digit."""
    if len(text) not in GTIN_LENGTHS or not text.isdecimal():
        return False
    total = sum(int(digit) * weight for digit, weight in zip(reversed(text[:-1]), cycle((3, 1))))
    return int(text[-1]) == -total % 10


def _cnpj_digit(body: str) -> int:
    total = sum((ord(character) - 48) * weight for character, weight in zip(reversed(body), cycle(range(2, 10))))
    return 0 if total % 11 < 2 else 11 - total % 11
