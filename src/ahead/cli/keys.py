"""Making keys, and sealing every secret anew with the first of the ring."""

from __future__ import annotations

from argparse import Namespace

from ahead.cli.exits import Exit
from ahead.cli.output import print_json, say
from ahead.lib.sealing import new_key


def print_keys(args: Namespace) -> int:
    """Print a fresh pair of keys."""
    secret_key, sealing_key = new_key(), new_key()
    if args.json:
        print_json({"secret_key": secret_key, "sealing_key": sealing_key})
        return Exit.DONE
    print(f"AHEAD_SECRET_KEY={secret_key}")
    print(f"AHEAD_SEALING_KEYS={sealing_key}")
    say("Guarde-as fora do repositório, as mesmas em todas as máquinas. Para trocar a chave de selo, ponha a nova na")
    say("frente das antigas (separadas por vírgula), reinicie tudo e rode `ahead rotate-keys`.")
    return Exit.DONE


def rotate_keys(args: Namespace) -> int:
    """Seal every secret anew; a column that no key opens is left as it is and reported."""
    from ahead.db.resealing import reseal_all

    done = reseal_all()
    if args.json:
        unopened = [{"table": row.table, "id": row.pk} for row in done.unopened]
        print_json({"resealed": done.resealed, "unopened": unopened})
    else:
        for row in done.unopened:
            say(f"{row.table} nº {row.pk}: nenhuma chave de AHEAD_SEALING_KEYS abre este segredo.")
        say(f"{done.resealed} linhas seladas com a primeira chave.")
        if not done.unopened:
            say("As outras chaves podem sair de AHEAD_SEALING_KEYS.")
    return Exit.LOOK if done.unopened else Exit.DONE
