"""The networks that an API token may be used from, IPv4 and IPv6."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_interface

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ordinavo.common import addresses
from ordinavo.common.limits import MAX_ALLOWED_NETWORKS

_SEPARATORS = re.compile(r"[\s,;]+")


def normalise(text: str) -> list[str]:
    """Return the networks in a text in the form in which they are stored, each once and in their order.

    They are separated by commas, semicolons, spaces or line breaks. A network is such as "192.0.2.0/24"; a single
    address is stored without "/32" or "/128". IPv4 written as IPv6 (::ffff:192.0.2.1) becomes IPv4. Raises Django's
    ValidationError with one message for each text that is no network, or if there are more than MAX_ALLOWED_NETWORKS.
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

    An IPv4 address written as IPv6 (::ffff:192.0.2.1) lies in IPv4 networks. Returns False for None and for text that
    is no address.
    """
    parsed = addresses.parse(address)
    return parsed is not None and any(parsed in network for network in networks)


def _normalised(text: str) -> str:
    """Return one network in the form in which it is stored.

    Raises ValidationError if the text is no network, or if it is an address within a network, such as "192.0.2.5/24".
    A zone of an IPv6 address (fe80::1%eth0) is refused: it has a meaning on one machine only.
    """
    try:
        interface = ip_interface(text.replace("%", " "))  # a space is read nowhere
    except ValueError as error:
        message = _("%(text)s is not a network. Enter one such as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7.")
        raise ValidationError(message % {"text": text[:64]}) from error
    network = interface.network
    if interface.ip != network.network_address:
        message = _("%(text)s is an address within a network. Enter %(network)s for the network, or %(address)s alone.")
        raise ValidationError(message % {"text": text, "network": network, "address": interface.ip})
    return _as_text(addresses.as_ipv4(network))


def _as_text(network: IPv4Network | IPv6Network) -> str:
    """Return a network as text such as "192.0.2.0/24", or as an address alone if it has only one."""
    return str(network.network_address if network.num_addresses == 1 else network)
