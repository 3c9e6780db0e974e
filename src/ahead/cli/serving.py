"""The parts that run for long: the web, the worker, the sandbox; and the tables they need."""

from __future__ import annotations

import socket
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ahead.cli.exits import Exit
from ahead.cli.lifeline import end_with_stdin
from ahead.cli.output import print_json, say
from ahead.lib.ending import hearing_asks_to_end
from ahead.lib.errors import Refused

if TYPE_CHECKING:
    from ahead.sandbox.sefaz import SefazSandbox, Served
    from ahead.sandbox.tray import TraySandbox

SEFAZ_MEMORY = "sefaz.jsonl"
_BACKLOG_SECONDS = 30


class StateUnreadable(Refused):
    """The file with the state of a sandbox is not one."""


class PortTaken(Refused):
    """Another program listens there."""


def migrate(args: Namespace) -> int:
    """Bring the tables of the program and of its engine up to date."""
    applied = apply_migrations()
    if args.json:
        print_json({"applied": applied})
    else:
        say(f"Banco de dados pronto: {len(applied)} alterações aplicadas." if applied else "Banco de dados em dia.")
    return Exit.DONE


def apply_migrations() -> list[str]:
    """Apply what is missing and return its names."""
    from django.conf import settings

    from ahead.db.schema import migrate_tables
    from ahead.jobs import engine
    from ahead.jobs.releases import refuse_to_contract

    Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True)
    return migrate_tables(say=say, before=refuse_to_contract, after=engine.migrate)


def _wait_for_tables(args: Namespace) -> None:
    from ahead.db.schema import wait_for_schema

    wait_for_schema(seconds=args.wait, say=say)


def web(args: Namespace) -> int:
    """Serve the screens with gunicorn until told to end."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.util import import_app

    host, port = _split(args.bind)
    check_port(host, port, option="--bind")
    options = {
        "bind": args.bind,
        "workers": args.workers,
        "threads": args.threads,
        "worker_class": "gthread",
        "graceful_timeout": _BACKLOG_SECONDS,
        "loglevel": "warning",
        "control_socket_disable": True,
    }

    class Web(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return import_app("ahead.config.wsgi:application")  # by name: the wiring stands above the commands

    if args.end_with_stdin:
        end_with_stdin()
    _wait_for_tables(args)
    Web().run()
    return Exit.DONE


def _split(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit():
        raise Refused(f"--bind deve ser ENDEREÇO:PORTA, por exemplo 127.0.0.1:8000 (recebido: {bind}).")
    return host.strip("[]"), int(port)


def check_port(host: str, port: int, *, option: str) -> None:
    """
    Make sure that nobody listens on a port.

    :raises PortTaken: if somebody does, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"Não dá para escutar em {host}:{port} ({error.strerror}). "
                f"Feche o outro programa ou escolha outra porta com {option}."
            ) from None


def worker(args: Namespace) -> int:
    """Run syncs until told to end."""
    from ahead.jobs.worker import run_worker

    if args.end_with_stdin:
        end_with_stdin()
    _wait_for_tables(args)
    run_worker(threads=args.threads)
    return Exit.DONE


def _notify(box: TraySandbox, address: str) -> None:
    from ahead.sandbox.tray import NotOnThisMachine

    try:
        box.courier.tell(address)
    except NotOnThisMachine:
        raise Refused(
            f"--webhook deve ser um endereço http desta máquina, como http://127.0.0.1:8000/… (recebido: {address})."
        ) from None


def kept_sandbox(state: Path) -> TraySandbox:
    """
    Return a sandbox as it was left.

    :raises StateUnreadable: if its file cannot be read.
    """
    from ahead.sandbox.tray import TraySandbox
    from ahead.sandbox.tray.snapshot import SnapshotUnreadable

    try:
        return TraySandbox.load(state)
    except (OSError, SnapshotUnreadable) as error:
        raise StateUnreadable(f"Não deu para ler {state}: {error}. Apague o arquivo para começar de novo.") from None


def sandbox_sefaz(args: Namespace) -> int:
    """Serve a pretend SEFAZ until told to end."""
    from ahead.sandbox.sefaz import SefazSandbox, serve

    check_port("127.0.0.1", args.port, option="--port")
    check_port("127.0.0.1", args.admin_port, option="--admin-port")
    if args.end_with_stdin:
        end_with_stdin()
    with ExitStack() as stack:
        folder = Path(args.data_dir or stack.enter_context(TemporaryDirectory(prefix="ahead-sefaz-")))
        box = kept_sefaz(folder) if args.data_dir else SefazSandbox()
        ending = stack.enter_context(hearing_asks_to_end())
        with serve(box, args.port, args.admin_port, folder=folder) as served:
            _say_sefaz(served)
            ending.wait()
    return Exit.DONE


def kept_sefaz(folder: Path) -> SefazSandbox:
    """
    Return a pretend SEFAZ that remembers its notas in a folder.

    :raises StateUnreadable: if its file cannot be read.
    """
    from ahead.sandbox.sefaz import SefazSandbox, Unreadable

    try:
        return SefazSandbox(keep=folder / SEFAZ_MEMORY)
    except Unreadable as error:
        raise StateUnreadable(f"Não deu para ler {error}. Apague o arquivo para começar de novo.") from None


def _say_sefaz(served: Served) -> None:
    from ahead.sandbox.sefaz import EXAMPLE_CNPJ, EXAMPLE_PASSWORD, write_example

    example = write_example(served.authority, served.ca_file.parent)
    say(f"SEFAZ de mentira em {served.address} (Ctrl-C encerra)")
    say(f"  página:      {served.admin_address}/")
    say(f"  autoridade:  {served.ca_file}")
    say(f"  certificado: {example} (CNPJ {EXAMPLE_CNPJ}, senha: {EXAMPLE_PASSWORD})")


def sandbox_tray(args: Namespace) -> int:
    """Serve a pretend Tray until told to end."""
    from ahead.sandbox.tray import TraySandbox, demo_store, serve, serve_kept

    check_port("127.0.0.1", args.port, option="--port")
    if args.state and Path(args.state).exists():
        box = kept_sandbox(Path(args.state))
    else:
        box = TraySandbox(seed=args.seed)
        demo_store(box, products=args.products, orders=args.orders)
    if args.webhook is not None:
        _notify(box, args.webhook)
    if args.end_with_stdin:
        end_with_stdin()
    served = serve_kept(box, args.state, args.port) if args.state else serve(box.app, args.port)
    with hearing_asks_to_end() as ending, served as address:
        say(f"Tray de mentira em {address}/ (Ctrl-C encerra)")
        ending.wait()
    return Exit.DONE
