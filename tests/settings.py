"""Settings of the tests: those of development, with fixed secrets and with quick passwords and commits."""

import os

os.environ.update(
    DEBUG="true",
    SECRET_KEY="the secret key of the tests, which protects nothing",
    TOKEN_SIGNING_KEY="the token signing key of the tests, which protects nothing, with at least 64 bytes",
    LOG_LEVEL="INFO",
    FAILED_AUTHENTICATIONS_PER_MINUTE="0",  # no limit: some tests try hundreds of forged tokens
)
for name in ("ALLOWED_HOSTS", "MAX_BODY_BYTES", "TIME_ZONE", "HTTPS_ONLY", "TRUSTED_PROXIES"):
    os.environ.pop(name, None)

from ordinavo.settings import *  # noqa: E402, F403

# The data of a test need not survive a crash, so a commit does not wait for the disk.
DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
