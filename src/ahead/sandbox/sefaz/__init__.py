"""
A pretend SEFAZ: SOAP over mutual TLS, with the answers of the manual and faults at the flick of a switch.

All services of all UFs are at one address: ``/SP/NFeAutorizacao4``, ``/SVC-AN/NFeStatusServico4``, or without who
is asked. A second address, plain HTTP, shows what arrived and holds the switches; its JSON is under ``/_admin`` and is
listed in :mod:`ahead.sandbox.sefaz.admin`.
"""

from ahead.sandbox.sefaz.authority import Authority
from ahead.sandbox.sefaz.box import SefazSandbox, Unreadable
from ahead.sandbox.sefaz.records import Contributor
from ahead.sandbox.sefaz.serve import (
    EXAMPLE_CNPJ,
    EXAMPLE_PASSWORD,
    Served,
    serve,
    write_example,
)
from ahead.sandbox.sefaz.switches import Switches, UnknownSwitch

__all__ = [
    "EXAMPLE_CNPJ",
    "EXAMPLE_PASSWORD",
    "Authority",
    "Contributor",
    "SefazSandbox",
    "Served",
    "Switches",
    "UnknownSwitch",
    "Unreadable",
    "serve",
    "write_example",
]
