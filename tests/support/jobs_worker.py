"""A worker process that runs the counting job: `jobs_worker.py SECONDS_UNTIL_DEAD THREADS`."""

import os
import sys

import django

from ahead.lib.errors import Refused

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahead.config.settings")
django.setup()

from ahead.jobs import registry, run_worker  # noqa: E402

registry.register("sync", "jobs_counting.count")
try:
    run_worker(threads=int(sys.argv[2]), dead_after=float(sys.argv[1]), grace_seconds=2)
except Refused as refusal:
    raise SystemExit(str(refusal)) from None
