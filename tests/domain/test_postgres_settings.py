"""What the program asks of its connections to PostgreSQL: a server that is gone is noticed by both sides."""

import json
import os
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

PROGRAM = """
import json
from ahead.config import settings
print(json.dumps([settings.DATABASES["default"], settings.ENGINE_DATABASE_URL]))
"""


def settings_for(url: str) -> tuple[dict[str, Any], str]:
    keys = {"AHEAD_SECRET_KEY": "x" * 60, "AHEAD_SEALING_KEYS": "3xZ0Zq0m9b1yXoN4bU9n0c8y1w6mB2r5b7q9s1u3w5k="}
    environment = {**os.environ, **keys, "AHEAD_DATABASE_URL": url}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    database, engine = json.loads(done.stdout)
    return database, engine


@pytest.mark.parametrize(
    ("words", "seconds"), [("?sslmode=require", "10"), ("?connect_timeout=3&host=%2Frun%2Fpg", "3"), ("", "10")]
)
def test_a_server_that_is_gone_is_noticed_here_and_there(words: str, seconds: str) -> None:
    database, engine = settings_for(f"postgresql://ahead:s%40l@db.example/ahead{words}")

    of_engine = {name: values[0] for name, values in parse_qs(urlsplit(engine).query).items()}
    for options in (database["OPTIONS"], of_engine):
        assert options["connect_timeout"] == seconds
        assert (options["keepalives_idle"], options["keepalives_interval"], options["keepalives_count"]) == (
            "10",
            "5",
            "3",
        )
        assert options["tcp_user_timeout"] == "30000"
        assert options.get("sslmode") == ("require" if "sslmode" in words else None)
    assert "tcp_keepalives_idle=10" in database["OPTIONS"]["options"]
    assert urlsplit(engine).netloc == "ahead:s%40l@db.example"
    assert of_engine.get("host") == ("/run/pg" if "host" in words else None)
