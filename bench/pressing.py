"""
Working on what was pressed in a process of its own, to weigh it: `python -m bench.pressing COMPANY`.

It prints one JSON document: seconds of wall clock and CPU, megabytes before and at the peak.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from bench.measuring import held_megabytes, peak_megabytes, spending
from bench.place import start_django


def work_elsewhere(company_id: int, **settings: str) -> dict[str, Any]:
    """Work on the notas of a company in a process of its own, and return what that took."""
    command = [sys.executable, "-m", "bench.pressing", str(company_id)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, env={**os.environ, **settings})
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    """Work once."""
    start_django()
    from ahead.sync.invoicing import work_on_notas

    before = held_megabytes()
    with spending() as spent:
        work_on_notas(int(sys.argv[1]), holder="bench")
    print(json.dumps({"wall": spent.wall, "cpu": spent.cpu, "before": before, "peak": peak_megabytes()}))


if __name__ == "__main__":
    main()
