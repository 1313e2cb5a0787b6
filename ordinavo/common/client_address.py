"""The address of a client behind reverse proxies. The setting TRUSTED_PROXIES lists the networks of the proxies."""

from django.conf import settings
from django.http import HttpRequest

from ordinavo.common import addresses


def is_trusted_proxy(text: str) -> bool:
    """Return whether an IP address lies in one of TRUSTED_PROXIES. Returns False for text that is no IP address."""
    address = addresses.parse(text)
    return address is not None and any(address in network for network in settings.TRUSTED_PROXIES)


def client_address(request: HttpRequest) -> str | None:
    """Return the address of the client, or None if the server names no address, as for a Unix socket.

    If the connection comes from a trusted proxy, that is the last entry of X-Forwarded-For that is not a trusted proxy
    itself, or the proxy's own address if there is no such entry. Entries further left may have been invented by the
    client. An IP address is returned in its usual form, and as IPv4 if it was written as IPv6; other text is returned
    as it was sent.
    """
    connected: str = request.META.get("REMOTE_ADDR", "")
    if is_trusted_proxy(connected):
        for entry in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            if (address := entry.strip()) and not is_trusted_proxy(address):
                return addresses.normalise(address)
    return addresses.normalise(connected) or None
