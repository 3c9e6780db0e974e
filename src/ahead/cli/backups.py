"""`ahead backup` and `ahead restore`."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from ahead.cli.exits import Exit
from ahead.cli.output import print_json, say, shown
from ahead.lib.errors import Refused

_KEYS = (
    "As CHAVES NÃO ESTÃO no backup. Guarde à parte AHEAD_SECRET_KEY e AHEAD_SEALING_KEYS (em SQLite, o arquivo "
    "keys.json): sem as chaves de selo, Consumer Secrets, tokens e certificados deste backup não abrem nunca mais."
)


def backup(args: Namespace) -> int:
    """Write a backup while everything runs."""
    from ahead.backup.taking import take_backup

    made = take_backup(Path(args.path).absolute(), now=datetime.now(UTC))
    manifest = made.manifest
    if args.json:
        print_json(
            {
                "file": str(made.path),
                "size": made.size,
                "made_at": manifest.moment,
                "release": manifest.release,
                "database": manifest.database,
                "files": len(manifest.files),
                "keys_included": False,
            }
        )
    else:
        say(f"Backup gravado em {made.path}: {made.size / 1_000_000:.1f} MB, {len(manifest.files)} arquivos.")
    say(_KEYS)
    return Exit.DONE


def restore(args: Namespace) -> int:
    """Put a backup back, or settle a database that was put back by other means."""
    from ahead.backup.restoring import restore as put_back
    from ahead.backup.restoring import settle_foreign

    now = datetime.now(UTC)
    if args.settle:
        done = settle_foreign(backup_at=_moment(args.settle), now=now, say=say)
    elif args.path:
        done = put_back(Path(args.path), force=args.force, now=now, say=say)
    else:
        raise Refused(
            "Diga o arquivo do backup; ou --settle INSTANTE, se o banco já foi posto de volta por outro meio."
        )
    if args.json:
        print_json(
            {
                "backup_at": done.backup_at,
                "release": done.release or None,
                "stores": done.stores,
                "series_stopped": done.series,
                "notas_in_doubt": done.notas,
            }
        )
        return Exit.LOOK if done.series else Exit.DONE
    say(f"Banco de volta a {shown(done.backup_at)}. {done.stores} Lojas sincronizam de novo assim que o worker rodar.")
    if done.series:
        say(
            f"PARADAS: {done.series} séries de notas. Números usados depois do backup não estão aqui; ninguém gera "
            "nota antes de alguém dizer o próximo número em Fiscal, Numeração (ou `ahead fiscal set --next-number`)."
        )
    if done.notas:
        say(f"De {done.notas} notas em andamento perguntamos à SEFAZ ou ao Tray antes de enviar qualquer coisa.")
    say("Agora: `ahead doctor`, depois inicie worker e web, e veja Pendências.")
    return Exit.LOOK if done.series else Exit.DONE


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"--settle pede o instante do backup, como 2026-11-28T03:00-03:00 (recebido: {text}).") from None
    return found if found.tzinfo else found.astimezone()
