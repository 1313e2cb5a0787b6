"""Count requests by minute: all requests of a token, and the failed authentications of an address.

PostgreSQL counts, so that all processes and machines count together. The table is unlogged, so that no commit waits
for the disk; a crash of the database resets the counts. A minute is one of the clock, so up to twice the limit can pass
around its end.
"""

from django.conf import settings

from ordinavo.common import addresses
from ordinavo.common.rate import Rate
from ordinavo.common.sql import execute_with_reconnect

CURRENT_MINUTE = "floor(extract(epoch FROM now()) / 60)::bigint"
"""SQL for the number of the current minute since 1970."""

# If another request has already counted in a later minute, this request counts in that one.
COUNT_ON_CONFLICT = """
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN excluded.minute > rate.minute THEN 1 ELSE rate.count + 1 END,
    minute = GREATEST(excluded.minute, rate.minute)
RETURNING rate.count, (rate.minute + 1) * 60 AS reset,
    ceil((rate.minute + 1) * 60 - extract(epoch FROM now()))::integer AS wait
"""
"""SQL that ends an INSERT INTO inbound_ratewindow AS rate. It returns the columns of a Rate after its limit."""

_COUNT = f"""
INSERT INTO inbound_ratewindow AS rate (key, minute, count) VALUES (%(key)s, {CURRENT_MINUTE}, 1)
{COUNT_ON_CONFLICT}
"""  # noqa: S608  constants


def count_failed_authentication(address: str | None) -> Rate | None:
    """Count a failed authentication, and return the Rate of its address: the limit, and the count with this one.

    Counted is by the minute, and by the /64 network for IPv6; without an address, all together. Refuses nothing: the
    caller looks at `is_exceeded`. Returns None, uncounted, if the setting FAILED_AUTHENTICATIONS_PER_MINUTE is 0.
    Raises django.db.OperationalError if the database cannot be reached.
    """
    limit: int = settings.FAILED_AUTHENTICATIONS_PER_MINUTE
    if not limit:
        return None
    [counted] = execute_with_reconnect(_COUNT, {"key": f"address:{_counting_key(address or '')}"})
    return Rate(limit, *counted)


def _counting_key(sent: str) -> str:
    """Return what an address is counted by: an IPv4 address, or the client's network such as "2001:db8::/64".

    Text that is no address is cut to 64 characters.
    """
    return str(addresses.client_network(sent) or sent).removesuffix("/32")[:64]
