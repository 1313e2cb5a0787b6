"""The address of the map tiles that the setting MAP_TILES_URL names."""

import re

_TEMPLATE = re.compile(r"(https?)://(\{s\}\.)?([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?/([^\s;,'\"<>\\]*)")
_PLACEHOLDERS = re.compile(r"\{[^{}]*\}")
_REQUIRED = {"{x}", "{y}", "{z}"}


def tile_origin(template: str) -> str:
    """Return the origin of the tiles as a Content-Security-Policy names it, such as "https://tile.example.com".

    `template` is an address such as "https://{s}.example.com/{z}/{x}/{y}.png". "{s}" stands for the subdomains a, b and
    c, and "{r}" for "@2x" on fine screens. An empty template has the origin "". Raises ValueError, with a sentence, if
    the template cannot be used.
    """
    if not template:
        return ""
    match = _TEMPLATE.fullmatch(template)
    placeholders = _PLACEHOLDERS.findall(match[5]) if match else []
    if not match or not set(placeholders) >= _REQUIRED or set(placeholders) - _REQUIRED - {"{r}"}:
        raise ValueError("MAP_TILES_URL must be an address such as https://tile.example.com/{z}/{x}/{y}.png.")
    scheme, subdomain, host, port, _path = match.groups()
    return f"{scheme}://{'*.' if subdomain else ''}{host}{port or ''}"
