"""Create the schema by the product's migrations, source systems, tokens and a user. Print the secrets as JSON.

Usage, with the environment variables of the product: python -m tests.faults.seeding
"""

import json
import os
import secrets

os.environ["DJANGO_SETTINGS_MODULE"] = "ordinavo.settings"

import django

django.setup()

from datetime import timedelta  # noqa: E402

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from inbound import tokens  # noqa: E402
from ordinavo.common.scopes import Scope  # noqa: E402
from targets.models import SourceSystem  # noqa: E402
from tests.faults.seeding_names import READER, SYNCHRONOUS, USERNAME  # noqa: E402
from tests.faults.workload import SYSTEMS  # noqa: E402


def seed() -> dict[str, str]:
    """Create the rows, and return the token of each source system, that of the reader, and the user's password."""
    systems = [SourceSystem.objects.create(key=key, name=key) for key in (*SYSTEMS, *SYNCHRONOUS)]
    until = timezone.now() + timedelta(days=2)
    issued = {
        system.key: tokens.issue(
            name=system.key, scopes=Scope.values, source_systems=[system], expires_at=until, rate_limit=0
        )[1]
        for system in systems
    }
    issued[READER] = tokens.issue(
        name=READER, scopes=Scope.values, source_systems=systems, expires_at=until, rate_limit=0
    )[1]
    password = secrets.token_urlsafe(16)
    User.objects.create_superuser(USERNAME, password=password)
    return issued | {"password": password}


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    print(json.dumps(seed()))
