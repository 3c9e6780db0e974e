"""WSGI entry of the web."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahead.config.settings")
application = get_wsgi_application()

# The engine takes more than a second to import: the first to press Sincronizar should not have to wait for it.
import_module("ahead.jobs.engine")
