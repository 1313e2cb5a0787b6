"""Settings and the deployment check, each in a process of its own, because settings are read only once."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

SECRETS = {"SECRET_KEY": "s" * 50, "TOKEN_SIGNING_KEY": "t" * 50}
PRODUCTION = SECRETS | {
    "DEBUG": "false",
    "DATABASE_URL": "postgres://u@localhost/d",
    "ALLOWED_HOSTS": "connect.example.com",
}


def manage(*arguments, **environment):
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY to a secret of at least 32 bytes."),
        ({"TOKEN_SIGNING_KEY": "t" * 31}, "Set TOKEN_SIGNING_KEY to a secret of at least 32 bytes."),
        ({"TOKEN_SIGNING_KEY": "s" * 50}, "TOKEN_SIGNING_KEY must differ from SECRET_KEY."),
        ({"DATABASE_URL": ""}, "The embedded PostgreSQL is available only with DEBUG=true."),
        ({"DATABASE_URL": "sqlite:///db"}, "Only PostgreSQL is supported."),
    ],
)
def test_an_insecure_or_impossible_configuration_is_refused(changed, message):
    done = manage("check", **(PRODUCTION | changed))
    assert done.returncode != 0
    assert message in done.stderr


def test_the_deployment_check_finds_no_problem():
    secret = "".join(chr(65 + number % 57) for number in range(64))
    done = manage("check", "--deploy", "--fail-level", "WARNING", **(PRODUCTION | {"SECRET_KEY": secret}))
    assert (done.returncode, done.stderr) == (0, "")


def test_session_options_in_the_database_url_take_precedence():
    script = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS']['options'])"
    address = "postgres://u@localhost/d?options=-c%20search_path%3Dconnect%20-c%20lock_timeout%3D7s"
    options = manage("shell", "-v0", "-c", script, **(PRODUCTION | {"DATABASE_URL": address})).stdout
    assert "-c search_path=connect" in options
    assert "-c jit=off" in options
    assert options.rindex("lock_timeout=7s") > options.index("lock_timeout=3s")  # the last one counts


def test_production_logs_are_json_lines_with_the_correlation_id_and_without_data():
    script = (
        "from django.test import Client\n"
        "known = {'X-Correlation-Id': 'c-7', 'Host': 'connect.example.com'}\n"
        "client = Client(raise_request_exception=False, headers=known)\n"
        "client.get('/nowhere?secret=1', secure=True)\n"
        "client.get('/targets', secure=True, headers={'Authorization': 'Bearer geheim'})\n"
        "import logging; logging.getLogger('x').error('a', exc_info=ValueError('geheim'))\n"
    )
    without_database = {"FAILED_AUTHENTICATIONS_PER_MINUTE": "0", "PYTHONWARNINGS": "ignore"}
    done = manage("shell", "-v0", "-c", script, **PRODUCTION, **without_database)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line.get("path"), line.get("status")) for line in lines] == [
        ("/nowhere", 404),
        ("/targets", 401),
        (None, None),
    ]
    assert [line.get("correlation_id") for line in lines] == ["c-7", "c-7", None]
    assert lines[2]["exception"] == "builtins.ValueError"
    assert "secret" not in done.stderr
    assert "geheim" not in done.stderr


def test_a_trusted_proxy_may_be_written_as_ipv4_in_ipv6():
    code = "from django.conf import settings; print(*settings.TRUSTED_PROXIES)"
    done = manage("shell", "--no-imports", "-c", code, **(PRODUCTION | {"TRUSTED_PROXIES": "::ffff:10.0.0.0/104,::1"}))
    assert done.stdout.split() == ["10.0.0.0/8", "::1/128"]
