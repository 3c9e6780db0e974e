"""Structured logs on standard error; constant event names with fields, never a secret nor a row of the database."""

from __future__ import annotations

import logging.config
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from ahead.config.database_errors import cut_rows


def configure(options: dict[str, Any]) -> None:
    """Configure standard logging and structlog together: JSON lines, or readable ones on a terminal."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer() if options["json"] else structlog.dev.ConsoleRenderer(colors=False)
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "all": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        cut_rows,
                        renderer,
                    ],
                    "foreign_pre_chain": [*shared, structlog.stdlib.add_logger_name],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "all"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            # these print whole URLs, and Tray's carry the token
            "loggers": {name: {"level": "WARNING"} for name in ("httpx2", "httpcore2", "httpcore", "dbos", "axes")},
        }
    )
    structlog.configure(
        processors=[*shared, _report, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _report(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Send what is logged as an error to a Sentry, if one was ever started: to import it takes half a second."""
    if "sentry_sdk" not in sys.modules:
        return event
    from ahead.config.sentry import report

    return report(logger, method, event)
