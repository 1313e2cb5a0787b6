"""Parse and compare the IPv4 and IPv6 networks from which an API token may be used."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_interface

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ordinavo.common import addresses
from ordinavo.common.limits import MAX_ALLOWED_NETWORKS

_SEPARATORS = re.compile(r"[\s,;]+")


def normalise(text: str) -> list[str]:
    """Parse a list of networks, and return them in the form in which they are stored.

    Networks such as "192.0.2.0/24" are separated by commas, semicolons, spaces or line breaks. Their order is kept, and
    duplicates are removed. A single address is stored without "/32" or "/128". IPv4-mapped IPv6 (::ffff:192.0.2.1)
    becomes IPv4. Raises Django's ValidationError with a message for each part that is not a network, and one if there
    are more than MAX_ALLOWED_NETWORKS.
    """
    networks, errors = [], []
    for part in filter(None, _SEPARATORS.split(text)):
        try:
            networks.append(_normalised(part))
        except ValidationError as error:
            errors.append(error)
    unique = list(dict.fromkeys(networks))
    if len(unique) > MAX_ALLOWED_NETWORKS:
        errors.append(ValidationError(_("Enter at most %(limit)d networks.") % {"limit": MAX_ALLOWED_NETWORKS}))
    if errors:
        raise ValidationError(errors)
    return unique


def contains(networks: Iterable[IPv4Network | IPv6Network], address: str | None) -> bool:
    """Return whether an address lies in one of the networks.

    An IPv4-mapped IPv6 address (::ffff:192.0.2.1) is compared as IPv4. Returns False for None and for text that is not
    an address.
    """
    parsed = addresses.parse(address)
    return parsed is not None and any(parsed in network for network in networks)


def _normalised(text: str) -> str:
    """Parse one network, and return it in the form in which it is stored.

    Raises ValidationError if the text is not a network, or is an address within a network, such as "192.0.2.5/24". An
    IPv6 address with a zone (fe80::1%eth0) is refused, because a zone has a meaning on one machine only.
    """
    try:
        interface = ip_interface(text.replace("%", " "))  # refuses a zone: no address may contain a space
    except ValueError as error:
        message = _("%(text)s is not a network. Enter one such as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7.")
        raise ValidationError(message % {"text": text[:64]}) from error
    network = interface.network
    if interface.ip != network.network_address:
        message = _("%(text)s is an address within a network. Enter %(network)s for the network, or %(address)s alone.")
        raise ValidationError(message % {"text": text, "network": network, "address": interface.ip})
    return _as_text(addresses.as_ipv4(network))


def _as_text(network: IPv4Network | IPv6Network) -> str:
    """Return a network as text such as "192.0.2.0/24", or only its address if it has just one."""
    return str(network.network_address if network.num_addresses == 1 else network)
