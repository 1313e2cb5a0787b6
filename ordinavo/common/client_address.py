"""Which address a request came from, behind the proxies that TRUSTED_PROXIES names."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def is_trusted_proxy(address: str) -> bool:
    """Return whether an IP address is one of TRUSTED_PROXIES. Anything that is no IP address is not."""
    try:
        return any(ip_address(address) in network for network in settings.TRUSTED_PROXIES)
    except ValueError:
        return False


def client_address(request: HttpRequest) -> str | None:
    """Return the last address on the request's way that is not a trusted proxy, or None if the server names none."""
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    for address in reversed(forwarded):
        if address and not is_trusted_proxy(address):
            return address
    return request.META.get("REMOTE_ADDR") or None
