"""Django settings, read from environment variables and the file `.env`.

README.md describes each variable. The defaults are secure; DEBUG=true relaxes them for development.
"""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from ordinavo import embedded_postgres, logs, session_settings
from ordinavo.common import addresses
from ordinavo.observability import sentry
from ordinavo.theme import UNFOLD as UNFOLD

VERSION = "0.1.0"
BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)


def _secret(name: str) -> str:
    """Return the secret from the environment.

    Raises ImproperlyConfigured if it is absent or shorter than 32 bytes, the minimum for HS256 (RFC 7518, section 3.2).
    """
    secret = env.str(name, default="")
    if len(secret.encode()) < 32:
        raise ImproperlyConfigured(f"Set {name} to a secret of at least 32 bytes.")
    return secret


SECRET_KEY = _secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
TOKEN_SIGNING_KEY = _secret("TOKEN_SIGNING_KEY")
if TOKEN_SIGNING_KEY == SECRET_KEY:
    raise ImproperlyConfigured("TOKEN_SIGNING_KEY must differ from SECRET_KEY.")

# Hosts and HTTPS -----------------------------------------------------------------------------

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = [addresses.as_ipv4(ip_network(proxy)) for proxy in env.list("TRUSTED_PROXIES", default=[])]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True

HTTPS_ONLY = env.bool("HTTPS_ONLY", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
SESSION_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "ordinavo.error_pages.csrf_failure"
X_FRAME_OPTIONS = "DENY"

# Applications and middleware -----------------------------------------------------------------

INSTALLED_APPS = [
    "ordinavo",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "auditlog",
    "axes",
    "rest_framework",
    "django_filters",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "ordinavo.common.files",
    "ordinavo.common.exports",
    "ordinavo.common.lists",
    "inbound",
    "importjobs",
    "targets",
    "templates",
    "allauth",
    "ordinavo.allauth_app.BrowserAccountConfig",
    "allauth.mfa",
]
MIDDLEWARE = [
    "ordinavo.middleware.request_context_middleware",
    "ordinavo.observability.tracing.tracing_middleware",  # none unless OTEL_EXPORTER_OTLP_ENDPOINT is set
    "ordinavo.observability.probes.probes_middleware",  # before hosts and HTTPS are checked
    "ordinavo.middleware.security_headers_middleware",
    "ordinavo.middleware.trusted_proxy_middleware",
    "ordinavo.middleware.json_errors_middleware",
    "ordinavo.middleware.https_only_middleware",
    "ordinavo.middleware.allowed_hosts_middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ordinavo.page_middleware.browser_middleware",
    "ordinavo.page_middleware.DatabaseErrorMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
# `browser_middleware` runs these for pages in a browser only. Requests to the API skip them, which saves time.
BROWSER_MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ordinavo.page_middleware.PageCompressionMiddleware",
    "django.middleware.locale.LocaleMiddleware",  # before those that refuse a page
    "ordinavo.page_middleware.page_shares_middleware",
    "ordinavo.page_middleware.live_connection_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ordinavo.change_log.change_log_middleware",
    "ordinavo.page_middleware.second_factor_middleware",
    "ordinavo.page_middleware.upload_permission_middleware",
]
# These checks look for middleware that is in BROWSER_MIDDLEWARE. The tests of login and admin cover it.
SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410", "axes.W002"]
ROOT_URLCONF = "ordinavo.urls"
WSGI_APPLICATION = "ordinavo.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"lists": "ordinavo.common.admin.list_cells"},
        },
    },
]

# Database ------------------------------------------------------------------------------------

if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db("DATABASE_URL")}
    if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must start with postgres://. Only PostgreSQL is supported.")
elif DEBUG:
    DATABASES = {"default": embedded_postgres.database_settings(BASE_DIR)}
else:
    raise ImproperlyConfigured(
        "Set DATABASE_URL, for example to postgres://user:password@host:5432/ordinavo. "
        "The embedded PostgreSQL is available only with DEBUG=true."
    )
DATABASE_POOLER = env.str("DATABASE_POOLER", default="")
if DATABASE_POOLER not in {"", "session", "transaction"}:
    raise ImproperlyConfigured("DATABASE_POOLER must be session or transaction. Leave it empty without a pooler.")
_options = DATABASES["default"].setdefault("OPTIONS", {})
SESSION_SETTINGS = {
    "statement_timeout": "30s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "60s",
    # Plan prepared statements once. Planning an import's statements each time took as long as running them.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}
if DATABASE_POOLER == "transaction":  # requests cannot switch it on and off: see ordinavo/common/sql.py
    SESSION_SETTINGS["enable_seqscan"] = "off"
try:
    SESSION_SETTINGS |= session_settings.parse_options(_options.pop("options", ""))  # DATABASE_URL takes precedence
except ValueError as error:
    raise ImproperlyConfigured("Write the options in DATABASE_URL as -c name=value.") from error
if not DATABASE_POOLER:  # poolers refuse this parameter, so `manage.py configure_database` stores the settings
    _options["options"] = session_settings.as_options(SESSION_SETTINGS)
PREPARED_STATEMENTS = env.bool("PREPARED_STATEMENTS", default=True)
_options["prepare_threshold"] = 2 if PREPARED_STATEMENTS else None
_options |= {"connect_timeout": 2, "application_name": "ordinavo-connect"}
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = DATABASE_POOLER == "transaction"
# A crashed host sends no FIN, so TCP must time out. tcp_user_timeout is in milliseconds, the others in seconds.
_options |= {"tcp_user_timeout": 1_500, "keepalives_idle": 5, "keepalives_interval": 1, "keepalives_count": 3}
if pool_size := env.int("DATABASE_POOL_SIZE", default=0):  # ordinavo.server sets it
    # One pool per process. A request that gets no connection within the timeout (seconds) is answered with 503.
    # A failed attempt to connect is repeated once after reconnect_timeout; then the next request makes a new one. By
    # default the pool would pause for up to minutes while PostgreSQL is away.
    timeout = env.float("DATABASE_POOL_TIMEOUT", default=1.5)
    _options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": timeout, "reconnect_timeout": 0.5}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# API -----------------------------------------------------------------------------------------

MAX_BODY_BYTES = env.int("MAX_BODY_BYTES", default=1024 * 1024)
MAX_BATCH_BODY_BYTES = env.int("MAX_BATCH_BODY_BYTES", default=32 * 1024 * 1024)
MAX_BATCH_ITEMS = env.int("MAX_BATCH_ITEMS", default=10_000)
# Of a batch that is processed in the background.
MAX_BACKGROUND_BODY_BYTES = env.int("MAX_BACKGROUND_BODY_BYTES", default=256 * 1024 * 1024)
MAX_BACKGROUND_ITEMS = env.int("MAX_BACKGROUND_ITEMS", default=100_000)
# After so many days, workers delete rehearsals in the background, uploaded files and what was never imported of them.
BACKGROUND_RETENTION_DAYS = env.int("BACKGROUND_RETENTION_DAYS", default=7)
# Of a file that is imported, whether it is uploaded, found in a folder or named on the command line.
MAX_FILE_BYTES = env.int("MAX_FILE_BYTES", default=256 * 1024 * 1024)
MAX_FILE_ROWS = env.int("MAX_FILE_ROWS", default=1_000_000)
# Shares of the threads and of the pooled connections of a process. What would exceed a share is answered with 503.
# Of the connections, batches get all but three; one is for all imports that wait for a lock, and pages of staff get
# half. Batches, imports that wait for a lock, and pages of staff may each occupy half of the threads.
_connections = pool_size or 100  # without a pool each thread has its own connection
WEB_THREADS = env.int("WEB_THREADS", default=16)
_half_of_threads = max(1, WEB_THREADS // 2)
BATCHES_AT_ONCE = max(1, _connections - 3)
BATCHES_IN_PROCESS = max(BATCHES_AT_ONCE, _half_of_threads)
MAX_LOCK_WAITERS = _half_of_threads
PAGES_AT_ONCE = max(1, _connections // 2)
PAGES_IN_PROCESS = max(PAGES_AT_ONCE, _half_of_threads)
# How long an import, or a batch, waits for locks of other transactions before it is answered with 503, in seconds.
LOCK_WAIT_SECONDS = env.float("LOCK_WAIT_SECONDS", default=10)
BATCH_WAIT_SECONDS = env.float("BATCH_WAIT_SECONDS", default=25)
# In seconds: until the headers, and until the body of a request have arrived (a large body gets more: see limits.py);
# for which a request waits for a worker thread; after which it is answered 503 although it is still being processed.
REQUEST_HEAD_SECONDS = env.int("REQUEST_HEAD_SECONDS", default=30)
REQUEST_BODY_SECONDS = env.int("REQUEST_BODY_SECONDS", default=30)
REQUEST_QUEUE_SECONDS = env.int("REQUEST_QUEUE_SECONDS", default=5)
REQUEST_SECONDS = env.int("REQUEST_SECONDS", default=90)
# Open connections of one web process, and those of one address, unless it is a trusted proxy. Further ones are refused.
MAX_CONNECTIONS = env.int("MAX_CONNECTIONS", default=4_000)
MAX_CONNECTIONS_OF_ADDRESS = env.int("MAX_CONNECTIONS_OF_ADDRESS", default=1_000)
# An answer that does not fit into the buffers of a connection ends it if the client reads nothing for so many seconds.
UNREAD_ANSWER_SECONDS = env.int("UNREAD_ANSWER_SECONDS", default=30)
FAILED_AUTHENTICATIONS_PER_MINUTE = env.int("FAILED_AUTHENTICATIONS_PER_MINUTE", default=60)
IDEMPOTENCY_HOURS = env.int("IDEMPOTENCY_HOURS", default=24)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["inbound.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["inbound.api.permissions.HasRequiredScope"],
    "DEFAULT_PARSER_CLASSES": ["ordinavo.api.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "ordinavo.api.negotiation.JSONOnlyNegotiation",
    "DEFAULT_RENDERER_CLASSES": ["ordinavo.api.renderers.ExactJSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["ordinavo.api.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "ordinavo.api.pagination.StrictCursor",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "ordinavo.api.errors.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT = {"ALGORITHM": "HS256", "SIGNING_KEY": TOKEN_SIGNING_KEY}

# Exports of lists, with their files, are deleted so many days after they ended.
EXPORT_DAYS = env.int("EXPORT_DAYS", default=7)

# The map of a day. Without an address, it has a plain background with the names of places.
MAP_TILES_URL = env.str("MAP_TILES_URL", default="")
MAP_TILES_ATTRIBUTION = env.str("MAP_TILES_ATTRIBUTION", default="")

# Admin: sessions and logins ------------------------------------------------------------------

# A session ends after ten idle hours (a shift) or when the browser is closed (dispatchers share computers).
SESSION_ENGINE = "ordinavo.sessions"
SESSION_COOKIE_AGE = 10 * 60 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# After five wrong passwords, a user name is locked for that IP address. After LOGIN_FAILURES_PER_ADDRESS failures with
# any names, the address is locked. The database counts, so all processes agree. A lock ends after 15 minutes even if
# somebody keeps trying, because colleagues may share the address.
LOGIN_FAILURES_PER_ADDRESS = env.int("LOGIN_FAILURES_PER_ADDRESS", default=20)
AUDITLOG_USE_FK_STRING_REPRESENTATION = True  # the names that objects had when they were changed
AXES_HANDLER = "ordinavo.admin.login_attempts.LoginAttempts"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "ordinavo.admin.login_attempts.locked_out_page"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "ordinavo.admin.login_attempts.counted_address"

# OWASP ASVS 5.0 (6.2.1) demands 8 characters and recommends 15. 12 suffice here, because five wrong guesses lock a
# login and staff may have a second factor.
MIN_PASSWORD_LENGTH = 12
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": MIN_PASSWORD_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "ordinavo.admin.passwords.GuessableWordsValidator"},
]
# If true, staff without a second factor must set one up at their next login, before they can do anything else.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=False)
ACCOUNT_ADAPTER = "ordinavo.admin.second_factor.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
# Wrong codes of the second factor, by address and by user. Wrong passwords are counted by axes.
ACCOUNT_RATE_LIMITS = {"login_failed": f"{LOGIN_FAILURES_PER_ADDRESS or 1_000_000}/15m/ip,5/15m/key"}
ACCOUNT_FORMS = {"reauthenticate": "ordinavo.admin.second_factor_forms.ConfirmByPasswordForm"}
MFA_ADAPTER = "ordinavo.admin.second_factor.SecondFactorAdapter"
MFA_TOTP_ISSUER = "Ordinavo Connect"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds, for clocks that differ (RFC 6238, section 5.2)
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "ordinavo.admin.second_factor_forms.CodeForm",
    "reauthenticate": "ordinavo.admin.second_factor_forms.ConfirmByCodeForm",
    "activate_totp": "ordinavo.admin.second_factor_forms.SetUpForm",
}
# allauth counts wrong codes and remembers used ones here. In the database, so that all processes agree.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "ordinavo_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # the form of a template with 500 custom fields has 5,000 inputs

# Languages and time zone ---------------------------------------------------------------------

TIME_ZONE = env.str("TIME_ZONE", default="Europe/Berlin")
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
# The language that somebody chose in this browser. Without a choice, it is the browser's language.
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE, LANGUAGE_COOKIE_SECURE = True, "Lax", HTTPS_ONLY
FORMAT_MODULE_PATH = "ordinavo.formats"
LOCALE_PATHS = [BASE_DIR / "ordinavo" / "locale", BASE_DIR / "ordinavo" / "locale_unfold"]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"

# Static files --------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG
if DEBUG:
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

# Logging and telemetry -------------------------------------------------------------------------

# Errors go to Sentry and traces to an OpenTelemetry collector, if these addresses are set.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
LOGGING = logs.configuration(
    level=env.str("LOG_LEVEL", default="INFO"),
    as_json=not DEBUG,
    report_exception=sentry.reporter(SENTRY_DSN, release=VERSION) if SENTRY_DSN else None,
)
