"""How much of a rate limit is used up."""

from typing import NamedTuple


class Rate(NamedTuple):
    """The state of one rate limit after it counted a request."""

    limit: int
    """Requests a minute."""
    counted: int
    """Requests counted in this minute, this one included."""
    reset: int
    """When the next minute starts, in epoch seconds."""
    wait: int
    """Seconds until then."""

    @property
    def is_exceeded(self) -> bool:
        """Whether this request is over the limit."""
        return self.counted > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """The X-RateLimit headers of the answer."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.counted)),
            "X-RateLimit-Reset": str(self.reset),
        }
