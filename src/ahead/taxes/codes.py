"""The codes of the law that a rule may say, of a shop that sells on what it bought: tables of the manual (MOC)."""

from __future__ import annotations

ICMS_CST = {
    "00": "Tributada integralmente",
    "20": "Com redução da base de cálculo",
    "40": "Isenta",
    "41": "Não tributada",
    "50": "Suspensão",
    "60": "ICMS cobrado antes por substituição tributária",
    "90": "Outras",
}
CSOSN = {
    "101": "Tributada pelo Simples Nacional, com crédito",
    "102": "Tributada pelo Simples Nacional, sem crédito",
    "103": "Isenta no Simples Nacional, na faixa de receita",
    "300": "Imune",
    "400": "Não tributada pelo Simples Nacional",
    "500": "ICMS cobrado antes por substituição tributária",
    "900": "Outros",
}
IPI_CST = {
    "49": "Outras entradas",
    "50": "Saída tributada",
    "51": "Saída tributável com alíquota zero",
    "52": "Saída isenta",
    "53": "Saída não tributada",
    "54": "Saída imune",
    "55": "Saída com suspensão",
    "99": "Outras saídas",
}
PIS_COFINS_CST = {
    "01": "Tributável, alíquota básica",
    "02": "Tributável, alíquota diferenciada",
    "04": "Monofásica, revenda a alíquota zero",
    "05": "Substituição tributária",
    "06": "Alíquota zero",
    "07": "Isenta",
    "08": "Sem incidência",
    "09": "Suspensão",
    "49": "Outras operações de saída",
    "50": "Entrada com crédito, receita tributada",
    "98": "Outras operações de entrada",
    "99": "Outras operações",
}
IBS_CBS_CST = {
    "000": "Tributação integral",
    "200": "Alíquota reduzida",
    "400": "Isenção",
    "410": "Imunidade e não incidência",
}
# codes of the law that no nota is written with here, and what a person does instead
_AS_SUBSTITUTE = (
    "A empresa recolheria o ICMS por substituição ao vender, e esta nota não é escrita aqui: emita-a no sistema da "
    "contabilidade. Para o que já veio com ST retida, use {withheld}."
)
_FUEL = "É de combustíveis com tributação monofásica, que não são escritos aqui: emita a nota em outro sistema."
NOT_WRITTEN = {
    **dict.fromkeys(("10", "30", "70"), _AS_SUBSTITUTE.format(withheld="a CST 60")),
    **dict.fromkeys(("201", "202", "203"), _AS_SUBSTITUTE.format(withheld="o CSOSN 500")),
    **dict.fromkeys(("02", "15", "53", "61"), _FUEL),
    "51": "O diferimento não é escrito aqui: se a UF o dispensa na revenda, use a CST 00 ou 20; senão, emita a nota em "
    "outro sistema.",
}
IBS_CBS_NOT_WRITTEN = {
    "510": "Diferimento",
    "550": "Suspensão",
    "620": "Tributação monofásica",
    "800": "Transferência de crédito",
    "810": "Ajustes",
    "811": "Ajustes",
    "820": "Regime específico",
}
# what a MEI may use (NT 2024.001 v1.20, rule N12a-90, in force since April 2025); the list is as makers of emitters
# publish it: the note itself was not at hand. From 1501 on: foreign trade, fixed assets and services.
MEI_CFOPS = frozenset(
    {
        *("1202", "1904", "2202", "2904", "5102", "5202", "5904", "6102", "6202", "6904"),
        *("1501", "1503", "1504", "1505", "1506", "1553", "2501", "2503", "2504", "2505", "2506", "2553"),
        *("5501", "5502", "5504", "5505", "5551", "5933", "6501", "6502", "6504", "6505", "6551", "6933"),
    }
)
WITHHELD = frozenset({"60", "500"})
ICMS_TAXED = frozenset({"00", "20", "90", "900"})  # those whose group has base, rate and value
ICMS_REDUCED = frozenset({"20", "90", "900"})
CSOSN_WITH_CREDIT = frozenset({"101", "900"})
IPI_TAXED = frozenset({"49", "50", "99"})
PIS_COFINS_TAXED = frozenset({"01", "02", "49", "50", "98", "99"})
IBS_CBS_TAXED = frozenset({"000", "200"})  # they carry gIBSCBS
