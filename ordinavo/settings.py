"""Django settings, read from environment variables and the file `.env`.

README.md describes each variable. The defaults are secure; DEBUG=true relaxes them for development.
"""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from ordinavo import embedded_postgres, logs
from ordinavo.common import addresses
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
    "axes",
    "rest_framework",
    "django_filters",
    "drf_spectacular_sidecar",
    "inbound",
    "importjobs",
    "targets",
    "templates",
]
MIDDLEWARE = [
    "ordinavo.middleware.request_context_middleware",
    "ordinavo.middleware.trusted_proxy_middleware",
    "ordinavo.middleware.json_errors_middleware",
    "ordinavo.middleware.https_only_middleware",
    "ordinavo.middleware.allowed_hosts_middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ordinavo.middleware.browser_middleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
# `browser_middleware` runs these for pages in a browser only. Requests to the API skip them, which saves time.
BROWSER_MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ordinavo.middleware.live_connection_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
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
_session = (
    "-c statement_timeout=30s -c lock_timeout=25s -c idle_in_transaction_session_timeout=60s "
    # Plan prepared statements once. Planning an import's statements each time took as long as running them.
    "-c plan_cache_mode=force_generic_plan -c jit=off"
)
_options = DATABASES["default"].setdefault("OPTIONS", {})
_options["options"] = f"{_session} {_options.get('options', '')}".strip()  # options in DATABASE_URL take precedence
_options |= {"connect_timeout": 5, "application_name": "ordinavo-connect", "prepare_threshold": 2}
# A crashed host sends no FIN, so TCP must time out. tcp_user_timeout is in milliseconds, the others in seconds.
_options |= {"tcp_user_timeout": 10_000, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
if pool_size := env.int("DATABASE_POOL_SIZE", default=0):  # ordinavo.server sets it
    # One pool per process. A request that gets no connection within the timeout (seconds) is answered with 503.
    _options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": env.float("DATABASE_POOL_TIMEOUT", default=5)}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# API -----------------------------------------------------------------------------------------

MAX_BODY_BYTES = env.int("MAX_BODY_BYTES", default=1024 * 1024)
MAX_BATCH_BODY_BYTES = env.int("MAX_BATCH_BODY_BYTES", default=32 * 1024 * 1024)
MAX_BATCH_ITEMS = env.int("MAX_BATCH_ITEMS", default=10_000)
# Limits per process: batches leave one pooled connection and half of the threads to other requests.
# BATCHES_AT_ONCE batches run at the same time, BATCHES_IN_PROCESS run or wait. Further ones are answered with 503.
_NO_POOL = 100  # without a pool each thread has its own connection
BATCHES_AT_ONCE = max(1, (pool_size or _NO_POOL) - 1)
BATCHES_IN_PROCESS = max(BATCHES_AT_ONCE, env.int("WEB_THREADS", default=16) // 2)
# In seconds: until the headers, and until the body of a request have arrived (a large body gets more: see limits.py);
# for which a request waits for a worker thread; after which it is answered 503 although it is still being processed.
REQUEST_HEAD_SECONDS = env.int("REQUEST_HEAD_SECONDS", default=30)
REQUEST_BODY_SECONDS = env.int("REQUEST_BODY_SECONDS", default=30)
REQUEST_QUEUE_SECONDS = env.int("REQUEST_QUEUE_SECONDS", default=5)
REQUEST_SECONDS = env.int("REQUEST_SECONDS", default=90)
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

# Admin: sessions and logins ------------------------------------------------------------------

# A session ends after ten idle hours (a shift) or when the browser is closed (dispatchers share computers).
SESSION_COOKIE_AGE = 10 * 60 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# After five wrong passwords, a user name is locked for that IP address. The database counts, so all processes agree.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "ordinavo.common.client_address.client_address"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # staff may select 1,000 items in one form

# Languages and time zone ---------------------------------------------------------------------

TIME_ZONE = env.str("TIME_ZONE", default="Europe/Berlin")
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
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

# Logging -------------------------------------------------------------------------------------

LOGGING = logs.configuration(level=env.str("LOG_LEVEL", default="INFO"), as_json=not DEBUG)
