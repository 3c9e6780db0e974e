"""A worker process that runs the counting job: `jobs_worker.py SECONDS_UNTIL_DEAD THREADS`."""

import os
import sys
from functools import partial

import django

from ahead.lib.errors import Refused

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahead.config.settings")
django.setup()

from ahead.jobs.running import run_store  # noqa: E402
from ahead.jobs.worker import run_worker  # noqa: E402
from jobs_counting import count  # noqa: E402

try:
    run_worker(
        threads=int(sys.argv[2]), dead_after=float(sys.argv[1]), grace_seconds=2, sync=partial(run_store, job=count)
    )
except Refused as refusal:
    raise SystemExit(str(refusal)) from None
