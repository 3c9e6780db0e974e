"""
A pretend Tray: many stores on one WSGI server, deterministic by seed.

Each store answers under ``/lojas/<slug>/web_api`` and asks for consent at
``/lojas/<slug>/auth.php``. The page at ``/`` shows everything; its JSON API is under
``/_admin`` and is listed in :mod:`ahead.sandbox.tray.admin`.
"""

from ahead.sandbox.tray.box import SlugTaken, TraySandbox
from ahead.sandbox.tray.courier import NotOnThisMachine
from ahead.sandbox.tray.crowd import NothingToSell
from ahead.sandbox.tray.demo import demo_store, fill_store
from ahead.sandbox.tray.faults import KINDS as FAULT_KINDS
from ahead.sandbox.tray.faults import UnknownFault
from ahead.sandbox.tray.oddities import ODDITIES, UnknownOddity
from ahead.sandbox.tray.serve import serve, serve_kept
from ahead.sandbox.tray.store import Store, UnknownStatus
from ahead.sandbox.tray.switches import Switches, UnknownSwitch

__all__ = [
    "FAULT_KINDS",
    "ODDITIES",
    "NotOnThisMachine",
    "NothingToSell",
    "SlugTaken",
    "Store",
    "Switches",
    "TraySandbox",
    "UnknownFault",
    "UnknownOddity",
    "UnknownStatus",
    "UnknownSwitch",
    "demo_store",
    "fill_store",
    "serve",
    "serve_kept",
]
