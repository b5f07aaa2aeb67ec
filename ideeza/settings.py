"""Django's settings: wiring only. What may be changed from outside is read in `ideeza.env`."""

from datetime import timedelta
from pathlib import Path

from ideeza import env

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.secret_key(DEBUG)
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "ideeza.admin_config.EverySiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_yasg",
    "analytics",
    "analytics.dashboard",
]
MIDDLEWARE = [
    "analytics.http.request_log.RequestLogMiddleware",
    "analytics.http.proxies.ForwardedHeaders",
    "django.middleware.security.SecurityMiddleware",
    "analytics.http.chunked_bodies.BodyLength",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "analytics.http.cors.CorsByUse",
    "analytics.http.failure_middleware.FailureMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = ["analytics.access.api.password_backend.ThrottledBackend"]
# A cookie that is sent without TLS can be read on the way. Off for a server that is only reached on its own machine.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("SECURE_COOKIES", default="false" if DEBUG else "true")
# The middleware ForwardedHeaders lets this header pass from declared proxies only.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ROOT_URLCONF = "ideeza.urls"
WSGI_APPLICATION = "ideeza.wsgi.application"
APPEND_SLASH = False

DATABASES = {"default": env.database(env.text("DATABASE_URL"), BASE_DIR / "ideeza.sqlite3")}
REDIS_URL = env.text("REDIS_URL")
CACHES = env.caches(REDIS_URL)
IDEEZA_REDIS_PREFIX = env.text("IDEEZA_REDIS_PREFIX")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static_root"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "analytics.http.static_files.StaticFiles"},
}

IDEEZA_LOG_FORMAT = env.choice("IDEEZA_LOG_FORMAT", ["text", "json"])
IDEEZA_ACCESS_LOG = env.flag("IDEEZA_ACCESS_LOG")
# Everything goes to stderr. Django's own handlers would write it again, and a failed request at each level.
# python-statsd and clickhouse-driver log a traceback for each figure or statement that a dead host refuses.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "analytics.logs.TextFormatter"},
        "json": {"()": "analytics.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "analytics.logs.StderrHandler", "formatter": IDEEZA_LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "propagate": True},
        "statsd": {"level": "CRITICAL"},
        "clickhouse_driver": {"level": "CRITICAL"},
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["analytics.http.parsers.Json"],
    "EXCEPTION_HANDLER": "analytics.http.api_errors.handle_exception",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 10,  # of every list of events and of page changes; published clients read it
}
# Which pages may send and read is decided in analytics/http/cors.py.
IDEEZA_CORS_ORIGINS = env.origins("IDEEZA_CORS_ORIGINS")
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ("GET", "POST")
CORS_ALLOW_HEADERS = ("authorization", "content-type", "x-api-key", "x-cb-ak")
ANSWER_HEADERS = ("x-summaries-as-of", "x-pending-days", "x-distinct", "x-time-zone")
CORS_EXPOSE_HEADERS = (*ANSWER_HEADERS, "x-request-id", "retry-after")
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
}
SWAGGER_USE_COMPAT_RENDERERS = False
SWAGGER_SETTINGS: dict[str, object] = {
    "USE_SESSION_AUTH": False,
    "VALIDATOR_URL": None,
    "SHOW_EXTENSIONS": False,  # they hold whole schemas, for programs
    "SECURITY_DEFINITIONS": {
        "Bearer": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "description": "The word Bearer, a space, and an access token from `/api/token/`.",
        },
        "Key": {
            "type": "apiKey",
            "name": "X-API-Key",
            "in": "header",
            "description": "An application's key. Published clients send it as `?apikey=`, which ends up in logs.",
        },
        "Basic": {"type": "basic"},
    },
    "SECURITY_REQUIREMENTS": [],  # each operation says its own
}

IDEEZA_LOGIN_FAILURES_BY_NAME = env.positive("IDEEZA_LOGIN_FAILURES_BY_NAME", 10)
IDEEZA_LOGIN_FAILURES_BY_ADDRESS = env.positive("IDEEZA_LOGIN_FAILURES_BY_ADDRESS", 30)
IDEEZA_API_OPEN = env.flag("IDEEZA_API_OPEN")
IDEEZA_ALL_SITES = env.flag("IDEEZA_ALL_SITES", default="true")
IDEEZA_ROLLUPS = env.roll_ups("IDEEZA_ROLLUPS", "country,source,campaign,device,browser,os,language,hour")
IDEEZA_TIME_ZONES = env.time_zones("IDEEZA_TIME_ZONES", "UTC")
IDEEZA_USE_HLL = env.flag("IDEEZA_USE_HLL")
IDEEZA_PERFORMANCE_X_METRIC = env.choice("IDEEZA_PERFORMANCE_X_METRIC", ["viewed", "created"])
IDEEZA_ADDRESSES = env.choice("IDEEZA_ADDRESSES", ["truncate", "keep", "drop"])
IDEEZA_FACTS = env.facts("IDEEZA_FACTS")
IDEEZA_PLACES = env.text("IDEEZA_PLACES")
IDEEZA_INBOX = env.inbox(REDIS_URL)
IDEEZA_INBOX_LENGTH = env.number("IDEEZA_INBOX_LENGTH", 20_000)
IDEEZA_INBOX_BYTES = env.number("IDEEZA_INBOX_BYTES", 256_000_000)
IDEEZA_PROXIES = env.proxies("IDEEZA_PROXIES")
IDEEZA_BLOGS_A_DAY = env.number("IDEEZA_BLOGS_A_DAY", 1_000)
IDEEZA_NEW_VALUES_A_DAY = env.number("IDEEZA_NEW_VALUES_A_DAY", 10_000)
IDEEZA_VISITORS = env.flag("IDEEZA_VISITORS", default="true")
IDEEZA_SNAPSHOT_SECONDS = env.positive("IDEEZA_SNAPSHOT_SECONDS", 5)
IDEEZA_ACTIVE_SECONDS = env.positive("IDEEZA_ACTIVE_SECONDS", 30)
IDEEZA_KEEP_VISITS_DAYS = env.positive("IDEEZA_KEEP_VISITS_DAYS", 7)
IDEEZA_KEEP_SNAPSHOTS_DAYS = env.positive("IDEEZA_KEEP_SNAPSHOTS_DAYS", 2)
IDEEZA_KEEP_MINUTES_DAYS = env.positive("IDEEZA_KEEP_MINUTES_DAYS", 90)
IDEEZA_METRICS_TOKEN = env.text("IDEEZA_METRICS_TOKEN")
IDEEZA_METRICS_FOLDER = env.metrics_folder("IDEEZA_METRICS_FOLDER", DATABASES["default"])
STATSD_HOST = env.text("STATSD_HOST")
STATSD_PORT = env.number("STATSD_PORT", 8125)
