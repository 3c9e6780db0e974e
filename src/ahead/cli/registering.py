"""Setting up without the browser: companies, people, Estoques, Lojas, their connection and statuses."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, urlsplit

from axes.utils import reset as forget_failures
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from ahead.accounts import operations as accounts
from ahead.accounts import queries as people
from ahead.cli.exits import Exit
from ahead.cli.finding import NotFound, company_of, status_ids, store_of, warehouse_ids, whoever_types
from ahead.cli.output import print_json, print_table, say
from ahead.cli.secret_words import read_secret
from ahead.lib.errors import Refused
from ahead.stock import operations as stock
from ahead.stock import queries as stocks
from ahead.stores import operations as stores
from ahead.stores import queries
from ahead.sync import connecting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ahead.accounts.models import Company, User
    from ahead.stock.models import Warehouse
    from ahead.stores.models import StatusRole, Store

ROLES = ("import", "update", "cancelled", "update_cancelled", "invoiced")


class WrongWords(Refused):
    """The arguments of the command are wrong; the message says why."""


def add_company(args: Namespace) -> int:
    """Create a company."""
    company = accounts.create_company(
        name=args.name,
        cnpj=args.cnpj,
        slug=args.slug,
        legal_name=args.legal_name,
        by=whoever_types(),
        now=timezone.now(),
    )
    if args.json:
        print_json({"company": _company(company)})
    else:
        say(f"Empresa {company.name} criada; nos comandos: --company {company.slug}")
    return Exit.DONE


def list_companies(args: Namespace) -> int:
    """Show the companies."""
    found = [_company(company) for company in people.companies()]
    if args.json:
        print_json({"companies": found})
    else:
        print_table(("Empresa", "Endereço curto", "CNPJ"), [(row["name"], row["slug"], row["cnpj"]) for row in found])
    return Exit.DONE


def _company(company: Company) -> dict[str, object]:
    return {
        "slug": company.slug,
        "name": company.name,
        "legal_name": company.legal_name,
        "cnpj": company.cnpj,
        "created_at": company.created_at,
    }


def add_user(args: Namespace) -> int:
    """Create a person, unless there is one with this e-mail, and give them their role in the company."""
    company, now = company_of(args), timezone.now()
    user, is_new = _user(args)
    accounts.set_membership(company=company, user=user, role=args.role, by=whoever_types(), now=now)
    if args.json:
        person = {"email": user.email, "name": user.name, "role": args.role, "is_new": is_new}
        print_json({"company": company.slug, "user": person})
    else:
        done = "criada e incluída" if is_new else "incluída"
        say(f"Pessoa {user.email} {done} em {company.name} como {args.role}.")
    return Exit.DONE


def give_password(args: Namespace) -> int:
    """Give a person a new password."""
    try:
        user = people.user_by_email(args.email)
    except ObjectDoesNotExist:
        raise NotFound(f"Ninguém tem o e-mail {args.email}.") from None
    password = read_secret("AHEAD_PASSWORD", "a nova senha")
    accounts.give_password(user=user, new=password, by=whoever_types(), now=timezone.now())
    forget_failures(username=user.email)
    if args.json:
        print_json({"user": {"email": user.email, "name": user.name}})
    else:
        say(f"Nova senha de {user.email} gravada; as sessões abertas foram encerradas.")
    return Exit.DONE


def _user(args: Namespace) -> tuple[User, bool]:
    try:
        return people.user_by_email(args.email), False
    except ObjectDoesNotExist:
        password = read_secret("AHEAD_PASSWORD", "a senha")
        name = args.name or args.email.split("@")[0]
        return accounts.create_user(email=args.email, name=name, password=password, now=timezone.now()), True


def add_warehouse(args: Namespace) -> int:
    """Create an Estoque."""
    company = company_of(args)
    made = stock.create_warehouse(
        company=company, name=args.name, code=args.code, by=whoever_types(), now=timezone.now()
    )
    if args.json:
        print_json({"company": company.slug, "warehouse": _warehouse(made)})
    else:
        say(f"Estoque {made.code} {made.name} criado em {company.name}.")
    return Exit.DONE


def list_warehouses(args: Namespace) -> int:
    """Show the Estoques of a company."""
    company = company_of(args)
    found = [_warehouse(warehouse) for warehouse in stocks.warehouses(company)]
    if args.json:
        print_json({"company": company.slug, "warehouses": found})
    else:
        rows = [(row["code"], row["name"], row["is_active"]) for row in found]
        print_table(("Código", "Estoque", "Ativo"), rows, right=["Código"])
    return Exit.DONE


def _warehouse(warehouse: Warehouse) -> dict[str, object]:
    return {"code": warehouse.code, "name": warehouse.name, "is_active": warehouse.is_active}


def add_store(args: Namespace) -> int:
    """Register a Loja; its keys come from the environment or from standard input."""
    company = company_of(args)
    chosen = warehouse_ids(company, args.warehouse)
    store = stores.register_store(
        company=company,
        name=args.name,
        address=args.address,
        consumer_key=read_secret("AHEAD_CONSUMER_KEY", "a Consumer Key"),
        consumer_secret=read_secret("AHEAD_CONSUMER_SECRET", "o Consumer Secret"),
        code=args.code,
        warehouses=chosen,
        import_from=args.import_from,
        sync_interval_minutes=args.interval,
        by=whoever_types(),
        now=timezone.now(),
    )
    if args.json:
        print_json({"company": company.slug, "store": _store(store)})
    else:
        say(f"Loja {store.code} {store.name} registrada. Agora: ahead store connect {store.code}")
    return Exit.DONE


def list_stores(args: Namespace) -> int:
    """Show the Lojas of a company, and what is missing before each can sync."""
    company = company_of(args)
    found = [_store(store) for store in queries.stores(company)]
    if args.json:
        print_json({"company": company.slug, "stores": found})
        return Exit.DONE
    rows = [
        (
            row["code"],
            row["name"],
            row["address"],
            row["connection"],
            row["is_paused"],
            " ".join(_missing(row)) or "nada",
        )
        for row in found
    ]
    print_table(("Código", "Loja", "Endereço", "Conexão", "Pausada", "Falta"), rows, right=["Código"])
    return Exit.DONE


def _missing(row: Mapping[str, object]) -> list[str]:
    return cast("list[str]", row["missing"])


def _store(store: Store) -> dict[str, object]:
    agenda = store.agenda
    return {
        "code": store.code,
        "name": store.name,
        "address": store.address,
        "tray_store_id": store.tray_store_id,
        "connection": store.connection,
        "connected_at": store.connected_at,
        "is_paused": store.is_paused,
        "syncs_by_itself": store.syncs_by_itself,
        "sync_interval_minutes": store.sync_interval_minutes,
        "next_sync_at": agenda.next_sync_at,
        "import_from": store.import_from,
        "missing": queries.missing_setup(store),
    }


def connect_store(args: Namespace) -> int:
    """Show the page where the merchant agrees, and finish with the address Tray led the browser to."""
    company = company_of(args)
    store = store_of(company, args.store)
    link = connecting.authorise_url(company, store.pk, callback=args.callback)
    if args.link_only:
        if args.json:
            print_json({"authorise_url": link})
        else:
            print(link)
        return Exit.DONE
    code, api_address = _return_of(link)
    connected = connecting.finish_connection(
        company, store.pk, code=code, api_address=api_address, by=whoever_types(), now=timezone.now()
    )
    if args.json:
        print_json({"company": company.slug, "store": _store(connected)})
    else:
        say(f"Loja {connected.name} conectada. Agora: ahead store statuses {connected.code}")
    return Exit.DONE


def _return_of(link: str) -> tuple[str, str]:
    """Return the code and the address of the API that Tray gave to the browser."""
    if not os.environ.get("AHEAD_RETURN_ADDRESS") and sys.stdin.isatty():
        say(f"1. Abra no navegador, entre no Tray e aceite:\n\n   {link}\n")
        say("2. O Tray leva o navegador a outro endereço (a página pode não abrir; não importa).")
        say("   Copie esse endereço inteiro e cole aqui; ele não aparece na tela.\n")
    address = read_secret("AHEAD_RETURN_ADDRESS", "o endereço de volta")
    facts = parse_qs(urlsplit(address).query)
    try:
        return facts["code"][0], facts["api_address"][0]
    except KeyError:
        raise WrongWords("O endereço de volta não tem “code” e “api_address”: copie-o inteiro do navegador.") from None


def store_statuses(args: Namespace) -> int:
    """Show the statuses of a Loja and which are chosen; choose those that are named."""
    company = company_of(args)
    store = store_of(company, args.store)
    if args.refresh:
        answer = connecting.check_connection(company, store.pk, now=timezone.now())
        if not answer.ok:
            raise WrongWords(f"{answer.text} {answer.remedy}".strip())
    wanted = {role: getattr(args, f"role_{role}") for role in ROLES}
    choices = {role: status_ids(store, names) for role, names in wanted.items() if names}
    if choices:
        stores.choose_statuses(
            company=company,
            store_id=store.pk,
            choices=cast("Mapping[StatusRole, Sequence[int]]", choices),
            by=whoever_types(),
            now=timezone.now(),
        )
    _show_statuses(args, company, store)
    return Exit.DONE


def _show_statuses(args: Namespace, company: Company, store: Store) -> None:
    chosen = queries.chosen(store)
    roles_of: dict[int, list[str]] = {}
    for role, picked in chosen.items():
        for status in picked:
            roles_of.setdefault(status.pk, []).append(role.value)
    found = [
        {
            "tray_id": status.tray_id,
            "name": status.name,
            "type": status.kind,
            "is_gone": status.is_gone,
            "chosen_as": roles_of.get(status.pk, []),
        }
        for status in queries.statuses(store)
    ]
    if args.json:
        print_json({"company": company.slug, "store": {"code": store.code, "name": store.name}, "statuses": found})
        return
    labels = {role.value: str(role.label) for role in chosen}
    rows = [
        (row["tray_id"], row["name"], ", ".join(labels[role] for role in cast("list[str]", row["chosen_as"])) or "–")
        for row in found
    ]
    print_table(("Tray", "Status", "Escolhido como"), rows, right=["Tray"])
    if not found:
        say("A Loja ainda não tem status: conecte-a, ou leia-os com --refresh.")
