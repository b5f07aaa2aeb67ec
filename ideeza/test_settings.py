"""Settings for tests: SQLite in memory and an open API, or the database and Redis that TEST_DATABASE_URL and
TEST_REDIS_URL name. DATABASE_URL is not looked at, so a test run cannot reach the data of a running service.
"""

from ideeza import env

env.assume(SECRET_KEY="for-tests-only-and-long-enough-for-hmac-sha256")

from ideeza.settings import *  # noqa: E402, F403

DATABASES = {"default": env.database(env.text("TEST_DATABASE_URL"), ":memory:")}
DATABASES["default"]["CONN_MAX_AGE"] = 0  # a thread of a live server must not keep the test database open
CACHES = env.caches(env.text("TEST_REDIS_URL"))
if env.text("TEST_REDIS_URL"):
    CACHES["default"]["OPTIONS"]["SOCKET_TIMEOUT"] = 10  # a busy machine is no failure
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True  # nothing is collected into STATIC_ROOT for a test
IDEEZA_API_OPEN = True
IDEEZA_CORS_ORIGINS = []
IDEEZA_USE_HLL = False
IDEEZA_FACTS = {}
IDEEZA_INBOX = False
IDEEZA_REDIS_PREFIX = ""
IDEEZA_METRICS_TOKEN = ""
STATSD_HOST = ""
