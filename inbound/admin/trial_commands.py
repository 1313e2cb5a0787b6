"""A curl command with which the receiver of a new token tries it. It needs a scope of the token and changes nothing."""

import shlex
from collections.abc import Sequence

from ordinavo.common.json_codec import dumps
from ordinavo.common.scopes import Scope

_READ = {
    Scope.HEALTH_READ: "/integration/health",
    Scope.TARGETS_READ: "/targets?pageSize=1",
    Scope.IMPORT_JOBS_READ: "/import-jobs?pageSize=1",
    Scope.TEMPLATES_READ: "/templates",
    Scope.METRICS_READ: "/metrics",
}
"""The path that a scope allows to read. The first one that a token has is tried."""


def trial_command(base_url: str, raw: str, scopes: Sequence[str], source_system: str) -> str:
    """Return a curl command that the scopes of a token allow. If it may only import, the command rehearses an import.

    `base_url` is such as https://connect.example.com, `raw` is the signed token, and `source_system` the key of one of
    its source systems. Raises ValueError if the token has no known scope.
    """
    authorization = f"Authorization: Bearer {raw}"
    if path := next((path for scope, path in _READ.items() if scope in scopes), None):
        return shlex.join(["curl", base_url + path, "-H", authorization])
    target = {"sourceSystem": source_system, "externalId": "TEST-1", "title": "Test"}
    if Scope.TARGETS_WRITE in scopes:
        path, body = "/inbound/targets", dumps(target)
    elif Scope.BATCH_WRITE in scopes:
        path, body = "/inbound/targets/batch", dumps({"targets": [target]})
    else:
        raise ValueError("The token has no scope that a command could try.")
    sent = ["-H", "Content-Type: application/json", "-d", body.decode()]
    return shlex.join(["curl", f"{base_url}{path}?validateOnly=true", "-H", authorization, *sent])
