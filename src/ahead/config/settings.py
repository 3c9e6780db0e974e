"""Every setting, from the environment (see .env.sample); a wrong value stops the start with one sentence."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from ahead.config.email import mail_of
from ahead.config.environment import Wrong, env_bool, env_https, env_int, env_list, env_str, local_keys
from ahead.config.static import static_version
from ahead.manual import PICTURES as MANUAL_PICTURES

DATA_DIR = Path(env_str("AHEAD_DATA_DIR", "var")).resolve()
DEBUG = env_bool("AHEAD_DEBUG", default=False)
DATABASE_URL = env_str("AHEAD_DATABASE_URL", "")
if DATABASE_URL and not re.match(r"postgres(ql)?://|sqlite:///", DATABASE_URL):
    raise Wrong("AHEAD_DATABASE_URL", "deve começar com postgresql:// ou sqlite:///", DATABASE_URL.split(":")[0])
IS_POSTGRES = DATABASE_URL.startswith("postgres")

_keys = local_keys(DATA_DIR, many_machines=IS_POSTGRES)
SECRET_KEY = _keys.secret_key
SEALING_KEYS = _keys.sealing_keys
ALLOWED_HOSTS = env_list("AHEAD_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
ALLOW_PRIVATE_HOSTS = env_bool("AHEAD_ALLOW_PRIVATE_HOSTS", default=False)
PUBLIC_URL = env_https("AHEAD_PUBLIC_URL")
SEFAZ_ADDRESS = env_https("AHEAD_SEFAZ_ADDRESS")
SEFAZ_AUTHORITIES = env_str("AHEAD_SEFAZ_AUTHORITIES", "")
NFE_SCHEMAS = DATA_DIR / "esquemas-nfe"  # packages newer than the one at hand; each in a folder with its pacote.json
CSRF_TRUSTED_ORIGINS = env_list("AHEAD_TRUSTED_ORIGINS", "")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "lucide",
    "axes",
    "ahead.db",
    "ahead.audit",
    "ahead.accounts",
    "ahead.pending",
    "ahead.stores",
    "ahead.webhooks",
    "ahead.customers",
    "ahead.catalog",
    "ahead.stock",
    "ahead.spreadsheets",
    "ahead.orders",
    "ahead.taxes",
    "ahead.fiscal",
    "ahead.sync",
    "ahead.watch",
    "ahead.jobs",
    "ahead.web",
]

MIDDLEWARE = [
    "ahead.web.tracing.RequestIds",
    "ahead.web.probes.Probes",
    "ahead.web.notified.Notified",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ahead.web.security.ContentSecurityPolicy",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "ahead.config.urls"
WSGI_APPLICATION = "ahead.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ahead.web.context.navigation",
            ],
        },
    }
]

# ── databases ──────────────────────────────────────────────────────────────────────────────────────────────


# A connection whose machine went away is noticed, and what it held locked is free again, within a minute: what the
# server does of its own about a client that is gone, and our side of the connection about a server that is.
_POSTGRES_SERVER = (
    "-c idle_in_transaction_session_timeout=60s "
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)
_POSTGRES_CLIENT = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",  # milliseconds that what we sent may stay unanswered; of Linux
}


def _postgres(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"options": _POSTGRES_SERVER, **_POSTGRES_CLIENT, **options},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _postgres_of_engine(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode({**_POSTGRES_CLIENT, **dict(parse_qsl(parts.query))})))


def _sqlite(path: str) -> dict[str, object]:
    """
    Return the settings of SQLite's file, sparing with memory: each thread has a connection of its own.

    Pages of the file are read, not mapped: what is mapped counts as held once for every connection that touched it.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "cached_statements": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000; "
            "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON",
        },
    }


if IS_POSTGRES:
    DATABASES = {"default": _postgres(DATABASE_URL)}
else:
    DATABASES = {"default": _sqlite(DATABASE_URL.removeprefix("sqlite:///") or str(DATA_DIR / "ahead.sqlite3"))}

# The engine keeps its runs in a file of its own beside SQLite, so that its writes never wait for ours.
ENGINE_DATABASE_URL = _postgres_of_engine(DATABASE_URL) if IS_POSTGRES else f"sqlite:///{DATA_DIR / 'jobs.sqlite3'}"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# How many requests of one store may be in flight at once (Tray advises two to four).
SYNC_READERS = env_int("AHEAD_READERS", 3)
KEEP_CLEAN_LOGS_DAYS = env_int("AHEAD_KEEP_CLEAN_LOGS_DAYS", 90)
KEEP_ERROR_LOGS_DAYS = env_int("AHEAD_KEEP_ERROR_LOGS_DAYS", 365)
KEEP_DOCUMENTS_DAYS = env_int("AHEAD_KEEP_DOCUMENTS_DAYS", 365)
KEEP_LOG_INS_DAYS = env_int("AHEAD_KEEP_LOG_INS_DAYS", 180)

# ── people ─────────────────────────────────────────────────────────────────────────────────────────────────

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "ahead.web.accounts.locked_out"
# Failures are counted and looked up under one name: by default axes counts them under none for an e-mail log-in.
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "ahead.web.accounts.attempted_email"
AXES_CLIENT_IP_CALLABLE = "ahead.web.accounts.client_address"

# ── e-mail: for a forgotten password and alerts ──────────────────────────────────────────────────────────────────

PASSWORD_RESET_TIMEOUT = 60 * 60
_mail = mail_of(env_str("AHEAD_EMAIL_URL", "console:" if DEBUG else ""))
SENDS_EMAIL = _mail.is_sent
EMAIL_BACKEND = _mail.backend
EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = _mail.host, _mail.port, _mail.timeout
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.use_tls, _mail.use_ssl
DEFAULT_FROM_EMAIL = env_str("AHEAD_EMAIL_FROM", "AHEAD <ahead@localhost>")

# ── transport ──────────────────────────────────────────────────────────────────────────────────────────────

_behind_tls = env_bool("AHEAD_HTTPS", default=False)
# How many proxies add the address of who called them to X-Forwarded-For; none of it is believed without one.
PROXIES = env_int("AHEAD_PROXIES", 1) if _behind_tls else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _behind_tls else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _behind_tls
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if _behind_tls else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True  # htmx takes the token from the page

# ── language, time, files ──────────────────────────────────────────────────────────────────────────────────

LANGUAGE_CODE = "pt-br"
TIME_ZONE = "America/Sao_Paulo"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
# Static files are served from where they are installed, without a collecting step. Their address changes with what
# is in them, so that browsers may keep them for ever.
STATIC_URL = f"/static/{static_version()}/"
STATICFILES_DIRS = [("ahead/manual", MANUAL_PICTURES)]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Images that were uploaded: one folder, which every machine that serves the screens must see.
MEDIA_ROOT = DATA_DIR / "arquivos"
# The largest form is the variations of a Produto Ecommerce: MOST_VARIANTS (200) rows of 11 fields, and two more.
# Kits send up to 100 rows of 4, orders 60 of 3, selections 50 ids, a listing one field for each of its categories.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000
FILE_UPLOAD_HANDLERS = [
    "ahead.web.uploads.LimitedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = rf"^{re.escape(STATIC_URL)}" if not DEBUG else r"^$"

LOGGING_CONFIG = "ahead.config.logs.configure"
LOGGING = {"level": env_str("AHEAD_LOG_LEVEL", "INFO"), "json": env_bool("AHEAD_LOG_JSON", default=not DEBUG)}

# ── for monitors ───────────────────────────────────────────────────────────────────────────────────────────

METRICS_TOKEN = env_str("AHEAD_METRICS_TOKEN", "")
METRICS_OF_STORES = env_bool("AHEAD_METRICS_STORES", default=False)
if SENTRY_DSN := env_str("AHEAD_SENTRY_DSN", ""):
    from ahead.config.sentry import start_sentry  # here, for it takes half a second that most processes need not wait

    start_sentry(
        SENTRY_DSN,
        environment=env_str("AHEAD_SENTRY_ENVIRONMENT", "production"),
        secrets=[
            SECRET_KEY,
            *SEALING_KEYS,
            EMAIL_HOST_PASSWORD,
            METRICS_TOKEN,
            unquote(urlsplit(DATABASE_URL).password or ""),
        ],
    )
