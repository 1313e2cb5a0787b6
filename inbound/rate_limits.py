"""How many requests a minute: of a token all, of an address those that fail to authenticate.

Counted by PostgreSQL in an unlogged table, so that all processes and machines count together and no commit
waits for the disk. A minute is one of the clock: around its end twice the limit can pass."""

from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from ordinavo.common.sql import execute_with_reconnect

DEFAULT_RATE_LIMIT = 6_000

MINUTE = "floor(extract(epoch FROM now()) / 60)::bigint"
# A request that was held up in an earlier minute counts for the one that is stored.
ON_CONFLICT = """
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN excluded.minute > rate.minute THEN 1 ELSE rate.count + 1 END,
    minute = GREATEST(excluded.minute, rate.minute)
RETURNING rate.count, (rate.minute + 1) * 60 AS reset,
    ceil((rate.minute + 1) * 60 - extract(epoch FROM now()))::integer AS wait
"""


class Rate(NamedTuple):
    limit: int
    counted: int
    reset: int
    """Epoch seconds."""
    wait: int
    """Seconds."""

    @property
    def is_exceeded(self) -> bool:
        return self.counted > self.limit

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.counted)),
            "X-RateLimit-Reset": str(self.reset),
        }


_COUNT = f"""
INSERT INTO inbound_ratewindow AS rate (key, minute, count) VALUES (%(key)s, {MINUTE}, 1)
{ON_CONFLICT}
"""  # noqa: S608  constants


def count_failure(request: HttpRequest) -> Rate | None:
    """None where there is no limit."""
    limit: int = settings.FAILED_AUTHENTICATIONS_PER_MINUTE
    if not limit:
        return None
    [counted] = execute_with_reconnect(_COUNT, {"key": f"address:{_network(request)}"})
    return Rate(limit, *counted)


def _network(request: HttpRequest) -> str:
    """Whoever has one address of version 6 has all 2^64 of its network."""
    sent = import_string(settings.CLIENT_ADDRESS)(request) or ""
    try:
        address = ip_address(sent)
    except ValueError:
        return str(sent)[:64]
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(getattr(address, "ipv4_mapped", None) or address)
