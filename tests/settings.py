"""Use the development settings, with fixed secrets and without what makes tests slow."""

import os

os.environ.update(
    DEBUG="true",
    SECRET_KEY="the tests' own secret, which guards nothing",
    TOKEN_SIGNING_KEY="the tests' own signing key, which guards nothing, but is long enough",
    LOG_LEVEL="INFO",
    FAILED_AUTHENTICATIONS_PER_MINUTE="0",  # no limit: some tests try hundreds of forged tokens
)
for name in ("ALLOWED_HOSTS", "MAX_BODY_BYTES", "TIME_ZONE", "HTTPS_ONLY", "TRUSTED_PROXIES"):
    os.environ.pop(name, None)

from ordinavo.settings import *  # noqa: E402, F403

# A test's data need not survive a crash, so a commit does not wait for the disk.
DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
