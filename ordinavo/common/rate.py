"""The state of a rate limit, and the headers that tell a client about it."""

from typing import NamedTuple


class Rate(NamedTuple):
    """How much of a limit of requests a minute is used up, the current request included."""

    limit: int
    """Requests a minute that are allowed."""
    counted: int
    """Requests of this minute. More than `limit` if some were refused."""
    reset: int
    """The start of the next minute, in seconds since 1970 (UTC)."""
    wait: int
    """Seconds until the next minute starts."""

    @property
    def is_exceeded(self) -> bool:
        """Whether the current request is over the limit and must be refused."""
        return self.counted > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """The headers X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset, as text.

        Limit is in requests a minute. Remaining is what is left of it after this request, 0 at the least. Reset is the
        start of the next minute in seconds since 1970 (UTC).
        """
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.counted)),
            "X-RateLimit-Reset": str(self.reset),
        }
