"""The country of an address, offline; and the names of countries.

`iptocc` knows which country's network an address block was given to, by the five internet registries: free to pass
on, 1.7 MB inside the package, and a release each night. Where a block is used from is another thing: the two agree for
about 95 % of addresses. For the country of use, the settings can name a MaxMind DB file (GeoLite2, DB-IP, ...).
"""

from collections.abc import Callable
from pathlib import Path

import iso3166
import maxminddb
from iptocc import country_code

from analytics.sources.lookups.ip_addresses import Address

OTHER_CODES = {"UK": "GB", "EL": "GR"}
"""Codes in use for a country beside its own: reserved for it in ISO 3166-1 (UK), and the European Union's (EL)."""

Finder = Callable[[Address], str | None]


class NoCountryDatabase(Exception):
    """The file of countries by address cannot be read."""


def country(address: Address) -> str | None:
    """The ISO code of a country, or None for unknown, and for addresses that no registry gives away: private, reserved.

    >>> from ipaddress import ip_address
    >>> country(ip_address("8.8.8.8")), country(ip_address("10.0.0.1")), country(ip_address("2001:db8::1"))
    ('US', None, None)
    """
    return _known_code(country_code(str(address)))


def finder(database: Path | None) -> Finder:
    """Return a function that looks up countries in a MaxMind DB file, or without one in the registries' data."""
    if database is None:
        return country
    try:
        reader = maxminddb.open_database(database)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise NoCountryDatabase(f"{database}: {error}") from error

    def find(address: Address) -> str | None:
        is_covered = address.is_global and reader.metadata().ip_version >= address.version
        return _known_code(_code(reader.get(address))) if is_covered else None

    return find


def _code(record: object) -> str | None:
    """GeoLite2 and DB-IP say {"country": {"iso_code": "DE"}}, IPinfo {"country_code": "DE"} or {"country": "DE"}."""
    match record:
        case {"country": {"iso_code": str(code)}} | {"country_code": str(code)} | {"country": str(code)}:
            return code
    return None


def _known_code(code: str | None) -> str | None:
    """Only countries: registries also have blocks of no country in particular, as EU."""
    return code if code and is_country(code) else None


def is_country(code: str) -> bool:
    """
    >>> is_country("DE"), is_country("EU")
    (True, False)
    """
    return code in iso3166.countries_by_alpha2


def listed_code(text: str) -> str:
    """Return the ISO code of a country given by its code of two or three letters or its English name; empty for
    others, among them the codes of proxies, of no place in particular, and of the unknown (A1, EU, XX, `-`).

    >>> listed_code("de"), listed_code("UK"), listed_code("FRA"), listed_code("Germany"), listed_code("XK")
    ('DE', 'GB', 'FR', 'DE', 'XK')
    >>> [listed_code(text) for text in ("T1", "XX", "EU", "Unknown", "-", "")]
    ['', '', '', '', '', '']
    """
    name = text.strip().upper()
    listed = (
        iso3166.countries_by_alpha2.get(OTHER_CODES.get(name, name))
        or iso3166.countries_by_alpha3.get(name)
        or iso3166.countries_by_name.get(name)
        or iso3166.countries_by_apolitical_name.get(name)
    )
    return listed.alpha2 if listed else ""


def country_name(code: str) -> str:
    """
    >>> country_name("DE"), country_name("XX")
    ('Germany', 'XX')
    """
    listed = iso3166.countries_by_alpha2.get(code)
    return listed.apolitical_name if listed else code
