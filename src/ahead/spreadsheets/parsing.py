"""
What a file holds: XLSX or CSV, as rows of texts; what is no sheet, or too large, is refused in words.

A file made to do so takes memory or time without end here, whatever is looked at before: only `reader`, a process of
its own with limits, calls this for files that people send.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from python_calamine import CalamineError, CalamineWorkbook

from ahead.spreadsheets.rules import LONGEST_CELL, MOST_BYTES, MOST_COLUMNS, MOST_ROWS, WrongFile, cell_text

Numbered = tuple[int, list[str]]  # the row's number in the file, and the texts of its cells

_MOST_UNPACKED = 400 * 1024 * 1024
_CHUNK = 1024 * 1024
_OVERLAP = 4096
_MARKS = re.compile(rb"""<(?:\w+:)?(?:(row)|c)(?=[\s/>])((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""")  # 2: its attributes
_PLACE = re.compile(rb"""\sr\s*+=\s*+["']([A-Za-z]{0,4})([0-9]{1,9})["']""")
_NO_SHEET = "O arquivo não é uma planilha XLSX nem um CSV. No Excel ou no LibreOffice, use «Salvar como» XLSX."
_TOO_MANY = f"A planilha tem mais de {MOST_ROWS:,} linhas. Divida-a em duas ou mais.".replace(",", ".")
_TOO_WIDE = f"A planilha tem mais de {MOST_COLUMNS} colunas. Deixe só as que vai importar."
_TOO_LARGE = "A planilha tem mais de 20 MB. Divida-a em duas ou mais."


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """A sheet whose headings were read; `rows` gives the others, once, without the empty ones."""

    header: list[str]
    total: int  # rows below the headings, or a few more
    rows: Iterator[Numbered]


def parse_sheet(content: bytes) -> ParsedSheet:
    """
    Return the first sheet of a file, whatever its name says it is.

    :raises WrongFile: if it is no sheet, empty, or larger than what is taken; some of it is seen as `rows` are gone
        through.
    """
    if not content:
        raise WrongFile("O arquivo está vazio.")
    if len(content) > MOST_BYTES:
        raise WrongFile(_TOO_LARGE)
    counted, rows = _workbook(content) if content.startswith(b"PK") else _table(content)
    filled = (row for row in rows if any(row[1]))
    first = next(filled, None)
    if first is None:
        raise WrongFile("A planilha não tem nada escrito.")
    _check_row(*first)
    return ParsedSheet(first[1], max(counted - first[0], 0), _checked(filled))


def _checked(rows: Iterable[Numbered]) -> Iterator[Numbered]:
    for place, (number, cells) in enumerate(rows):
        if place == MOST_ROWS:
            raise WrongFile(_TOO_MANY)
        _check_row(number, cells)
        yield number, cells


def _check_row(number: int, cells: Sequence[str]) -> None:
    if len(cells) > MOST_COLUMNS:
        raise WrongFile(_TOO_WIDE)
    if any(len(text) > LONGEST_CELL for text in cells):
        raise WrongFile(f"A linha {number} tem um texto de mais de {LONGEST_CELL} letras. Encurte-o.")


# ── XLSX ───────────────────────────────────────────────────────────────────────────────────────────────────


def _workbook(content: bytes) -> tuple[int, Iterator[Numbered]]:
    try:
        _check_sizes(content)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
    except (CalamineError, zipfile.BadZipFile, NotImplementedError, RuntimeError, IndexError, EOFError) as error:
        # NotImplementedError: what zipfile raises for a way of packing it does not know; RuntimeError: for a password
        raise WrongFile(_NO_SHEET) from error
    _, before = sheet.start or (0, 0)  # columns that the reader leaves out, because nothing is in them
    return sheet.total_height, _sheet_rows(sheet.iter_rows(), [""] * before)


def _sheet_rows(rows: Iterable[Sequence[object]], before: list[str]) -> Iterator[Numbered]:
    for number, row in enumerate(rows, start=1):
        yield number, [*before, *map(cell_text, row)]


def _check_sizes(content: bytes) -> None:
    """
    Refuse in words what the reader would lay out whole, from its first cell to its last, and have no memory for.

    :raises WrongFile: if it is no XLSX, unpacks to too much, or a cell stands too far out.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        names = packed.namelist()
        if not _is_xlsx({name.lower() for name in names}):
            raise WrongFile(_NO_SHEET)
        if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED:
            raise WrongFile(_TOO_LARGE)
        for name in names:
            if "sharedstrings" not in name.lower() and name.lower().endswith(".xml"):
                _check_extent(packed, name)


def _is_xlsx(names: set[str]) -> bool:
    """Tell an XLSX from what the reader would open, too: an ODS has the first two, an XLSB its sheets as .bin."""
    is_other = bool(names & {"mimetype", "content.xml", "xl/workbook.bin"})
    has_binary = any(name.startswith("xl/worksheets/") and name.endswith(".bin") for name in names)
    return "xl/workbook.xml" in names and not is_other and not has_binary


def _check_extent(packed: zipfile.ZipFile, name: str) -> None:
    row, before = 0, b""
    with packed.open(name) as part:
        while piece := part.read(_CHUNK):
            text = before + piece
            for mark in _MARKS.finditer(text):
                is_row, said = bool(mark[1]), mark[2]
                place = _PLACE.search(said)
                row = int(place[2]) if place else row
                if is_row or said.endswith(b"/"):  # a row, or a cell without anything in it
                    continue
                if row > MOST_ROWS + 100:
                    raise WrongFile(_TOO_MANY)
                if place and _place(place[1].upper()) > MOST_COLUMNS:
                    raise WrongFile(_TOO_WIDE)
            before = text[-_OVERLAP:]


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - ord("A") + 1
    return place


# ── CSV ────────────────────────────────────────────────────────────────────────────────────────────────────


def _table(content: bytes) -> tuple[int, Iterator[Numbered]]:
    text = _decoded(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:  # a line that Excel writes for itself
        return _parsed(text, first[4], skipped=1)
    delimiter = max(";\t,", key=_outside_quotes(first).count)
    return _parsed(text, delimiter, skipped=0)


def _parsed(text: str, delimiter: str, *, skipped: int) -> tuple[int, Iterator[Numbered]]:
    def rows() -> Iterator[Numbered]:
        try:
            for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
                if number > skipped:
                    yield number, [cell.strip() for cell in row]
        except csv.Error as error:
            raise WrongFile("O CSV tem aspas que não fecham, ou uma célula grande demais. Grave-o de novo.") from error

    return text.count("\n") + 1, rows()


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _decoded(content: bytes) -> str:
    """
    Return the text of a CSV: UTF-8 with or without its mark, UTF-16 with one, else what Windows writes in Brazil.

    :raises WrongFile: if it is no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not text.startswith(("%PDF", "<!", "<html", "{\\rtf")):
            return text
    raise WrongFile(_NO_SHEET)
