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
WITHHELD = frozenset({"60", "500"})
ICMS_TAXED = frozenset({"00", "20", "90", "900"})  # those whose group has base, rate and value
ICMS_REDUCED = frozenset({"20", "90", "900"})
CSOSN_WITH_CREDIT = frozenset({"101", "900"})
IPI_TAXED = frozenset({"49", "50", "99"})
PIS_COFINS_TAXED = frozenset({"01", "02", "49", "50", "98", "99"})
IBS_CBS_TAXED = frozenset({"000", "200"})  # they carry gIBSCBS
