"""ISO 3166-1 alpha-2, from pycountry's copy of the standard."""

from functools import cache

import pycountry
from django.core.exceptions import ValidationError


@cache
def country_codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


def validate_country(code: str) -> None:
    if code not in country_codes():
        message = "must be a country code of ISO 3166-1 alpha-2, such as DE"
        raise ValidationError(message, code="invalid_country")
