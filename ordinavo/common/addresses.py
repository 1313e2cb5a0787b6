"""Parse IP addresses and networks. IPv4-mapped IPv6 (::ffff:192.0.2.1), as dual-stack sockets use, becomes IPv4."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_IPV4_MAPPED = IPv6Network("::ffff:0:0/96")


def parse(text: str | None) -> IPv4Address | IPv6Address | None:
    """Return the IP address that a text denotes, or None if the text is not an address."""
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def normalise(text: str) -> str:
    """Return an IP address in its canonical form, such as "2001:db8::1", and text that is not an address unchanged."""
    address = parse(text)
    return text if address is None else str(address)


def client_network(text: str | None) -> IPv4Network | IPv6Network | None:
    """Return the network that a client is counted by, or None if the text is not an address.

    For IPv6 that is the /64 network, because one client usually has all of it. For IPv4 it is the address alone.
    """
    address = parse(text)
    if address is None:
        return None
    return ip_network((address, 64 if address.version == 6 else 32), strict=False)


def as_ipv4(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Convert a network of IPv4-mapped IPv6 addresses to IPv4: ::ffff:192.0.2.0/120 becomes 192.0.2.0/24.

    Any other network is returned unchanged.
    """
    if isinstance(network, IPv6Network) and network.subnet_of(_IPV4_MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network
