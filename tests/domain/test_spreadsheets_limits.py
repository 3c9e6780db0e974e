"""Sheets made to take all memory, and readers that die of them: whoever asked lives, and is told in words."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from ahead.accounts.models import Company
from ahead.spreadsheets import parsing, reading
from ahead.spreadsheets.models import SheetImport
from ahead.spreadsheets.rules import WrongFile
from sheet_making import csv_of, read, sent, xlsx_of

SMALL = (["Código", "Preço"], [(2, ["A-1", "9,5"])])
# what a reader says that reads, counts and tells what itself and its own reader took at most, in megabytes
MEASURED = """
import resource, sys
from ahead.spreadsheets.reading import open_sheet
from ahead.spreadsheets.rules import WrongFile
for path in sys.argv[1:]:
    try:
        with open_sheet(open(path, "rb").read()) as opened:
            print("read", opened.header[0])
    except WrongFile as refusal:
        print("refused", refusal)
[asked] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(int(asked.split()[1]) // 1024)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def changed(change: Callable[[str, bytes], bytes], more: dict[str, str] | None = None) -> bytes:
    """Return a small XLSX with its parts changed, and more parts."""
    there, file = zipfile.ZipFile(io.BytesIO(xlsx_of(["Código", "Preço"], ["A-1", Decimal("9.5")]))), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in there.namelist():
            packed.writestr(name, change(name, there.read(name)))
        for name, text in (more or {}).items():
            packed.writestr(name, text)
    return file.getvalue()


def with_rows(rows: bytes, encoding: str = "utf-8") -> bytes:
    """Return a small XLSX with more rows written below its own."""

    def change(name: str, part: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return part
        written = part.replace(b"</sheetData>", rows + b"</sheetData>")
        return written.decode().replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)

    return changed(change)


def ods(rows: int, columns: int) -> bytes:
    """Return a real ODS that also has a part of an XLSX: one cell, repeated in all directions."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    cell = 'office:value-type="string"><text:p>x</text:p></table:table-cell>'
    table = (
        f'<table:table table:name="a"><table:table-row><table:table-cell {cell}</table:table-row>'
        f'<table:table-row table:number-rows-repeated="{rows}">'
        f'<table:table-cell table:number-columns-repeated="{columns}" {cell}</table:table-row></table:table>'
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", kind, zipfile.ZIP_STORED)
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr(
            "content.xml",
            f'<office:document-content {spaces} office:version="1.2"><office:body><office:spreadsheet>{table}'
            "</office:spreadsheet></office:body></office:document-content>",
        )
        packed.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


def as_xlsb() -> bytes:
    """Return an XLSX whose sheet says to be a binary one."""
    return changed(lambda _, part: part, {"xl/workbook.bin": "", "xl/worksheets/sheet1.bin": ""})


def repeated_text() -> bytes:
    """Return an XLSX of 1.5 MB in which one text of 15,000 letters stands in two million cells."""

    def change(name: str, part: bytes) -> bytes:
        if name == "xl/sharedStrings.xml":
            return part.replace(b"</sst>", b"<si><t>" + b"a" * 15_000 + b"</t></si></sst>")
        if name == "xl/worksheets/sheet1.xml":
            row = b"<row>" + b'<c t="s"><v>0</v></c>' * 40 + b"</row>"
            return part.replace(b"</sheetData>", row * 50_000 + b"</sheetData>")
        return part

    return changed(change)


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "spaces around the sign": (lambda: with_rows(b'<row><c r = "XFD1048576"><v>1</v></c></row>'), "linhas"),
    "spaces, far to the right": (lambda: with_rows(b"<row r=\"3\"><c\nr\n=\n'XFD3'><v>1</v></c></row>"), "colunas"),
    "a > in an attribute": (lambda: with_rows(b'<row><c s=">" r="XFD1048576"><v>1</v></c></row>'), "linhas"),
    "a tag longer than is looked at": (
        lambda: with_rows(b"<row><c" + b" " * 3_000_000 + b'r="XFD1048576"><v>1</v></c></row>'),
        "memória demais|linhas",
    ),
    "no places at all": (
        lambda: with_rows(b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row><row/>" * 50_000 + b"<row><c/></row>"),
        "colunas|memória demais|não é uma planilha|Não conseguimos",
    ),
    "letters of two bytes": (
        lambda: with_rows(b'<row><c r="XFD1048576"><v>1</v></c></row>', "utf-16"),
        "memória demais|não é uma planilha|Não conseguimos",
    ),
    "an ODS": (lambda: ods(50_000, 200), "não é uma planilha XLSX"),
    "an XLSB": (as_xlsb, "não é uma planilha XLSX"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_take_all_memory_is_refused_in_words(name: str) -> None:
    content, said = BOMBS[name]
    with pytest.raises(WrongFile, match=said):
        read(content())


def test_neither_who_reads_nor_who_asked_takes_more_than_it_may(tmp_path: Path) -> None:
    far = with_rows(b"<row><c" + b" " * 3_000_000 + b'r="XFD1048576"><v>1</v></c></row>')
    for name, content in {"far": far, "ods": ods(50_000, 200), "texts": repeated_text()}.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "good").write_bytes(xlsx_of(["Código"], ["1"]))
    paths = [str(tmp_path / name) for name in ("far", "ods", "texts", "good")]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *paths], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    *said, asked, reader = [line for line in done.stdout.splitlines() if "spreadsheets.reader" not in line]
    assert [line.split(" ")[0] for line in said] == ["refused", "refused", "refused", "read"]
    assert int(asked) < 100
    assert int(reader) < reading._MOST_MEGABYTES


class TestAReaderThatDies:
    """Whose turn it is then, and what to do, is said by how it ended."""

    @pytest.mark.parametrize(
        ("end", "said"),
        [
            ("os.kill(os.getpid(), 9)", "O servidor interrompeu a leitura.*Envie-a de novo"),
            ("os.abort()", "memória demais.*Copie só as linhas"),
            ("sys.exit(4)", "memória demais"),
            ("os.kill(os.getpid(), 24)", "demorou demais.*Divida-a"),
            ("1 / 0", "Não conseguimos ler.*Salvar como"),
        ],
    )
    def test_is_told_of_in_words(self, monkeypatch: pytest.MonkeyPatch, end: str, said: str) -> None:
        begun = "import os, sys; print('[\"half a sheet', flush=True); "
        monkeypatch.setattr(reading, "_READER", (sys.executable, "-c", begun + end))
        with pytest.raises(WrongFile, match=said):
            read(xlsx_of(["Código"], ["1"]))

    def test_hanging_it_is_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "_READER", (sys.executable, "-c", "import time; time.sleep(60)"))
        monkeypatch.setattr(reading, "_MOST_SECONDS", 0.5)
        with pytest.raises(WrongFile, match="demorou demais"):
            read(b"A;B\r\n1;2\r\n" * 100_000)

    def test_working_without_end_it_is_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "_MOST_CPU_SECONDS", 1)
        rows = b'<row><c r="A2"><v>1</v></c></row>' * 2_000_000
        with pytest.raises(WrongFile, match="demorou demais"):
            read(with_rows(rows))

    @pytest.mark.django_db
    def test_leaves_a_sheet_that_says_so_and_is_not_read_again(
        self, monkeypatch: pytest.MonkeyPatch, padaria: Company
    ) -> None:
        monkeypatch.setattr(reading, "_READER", (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"))
        sheet = sent(padaria, "products", xlsx_of(["Código", "Descrição"], ["1", "Pão"]))
        assert sheet.state == SheetImport.State.FAILED
        assert "O servidor interrompeu a leitura" in sheet.note


class TestOrdinarySheets:
    def test_are_read_where_the_system_knows_no_limits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without = "import runpy, sys; sys.modules['resource'] = None; "
        without += "runpy.run_module('ahead.spreadsheets.reader', run_name='__main__')"
        monkeypatch.setattr(reading, "_READER", (sys.executable, "-c", without))
        assert read(xlsx_of(["Código", "Preço"], ["A-1", Decimal("9.5")])) == SMALL

    def test_with_macros_drawings_and_printers_are_read(self) -> None:
        parts = dict.fromkeys(("xl/vbaProject.bin", "xl/printerSettings/printerSettings1.bin"), "anything")
        assert read(changed(lambda _, part: part, parts)) == SMALL

    def test_come_from_the_other_process_as_they_were_read(self) -> None:
        rows = [[f"Pão «{number}» \U0001f950", 'a "b"\n\tc', number / 8] for number in range(3_000)]
        content = xlsx_of(["Código", "Descrição", "Preço"], *rows)
        parsed = parsing.parse_sheet(content)
        assert read(content) == (parsed.header, list(parsed.rows))

    def test_may_be_as_large_as_is_taken(self) -> None:
        rows = ([f"P-{number}", *(f"{number} {place}" for place in range(19))] for number in range(50_000))
        header, found = read(csv_of([f"C{place}" for place in range(20)], *rows))
        assert (len(header), len(found)) == (20, 50_000)
