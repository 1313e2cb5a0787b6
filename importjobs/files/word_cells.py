"""Convert cells with words: yes and no, priorities, operations and countries. Other words are returned as they are."""

from typing import Any

from importjobs.files.layout import Cell
from importjobs.files.number_cells import to_text
from ordinavo.common.scalars import FALSE_WORDS, TRUE_WORDS
from targets.countries import COUNTRY_CODES

_TRUE = {*TRUE_WORDS, "x", "j", "y", "✓", "✔", "t"}
_FALSE = {*FALSE_WORDS, "n", "f"}

_TOTALS = {
    *("summe", "summen", "gesamt", "gesamtsumme", "gesamtergebnis", "zwischensumme", "endsumme", "insgesamt"),
    *("total", "totals", "subtotal", "grand total"),
}

PRIORITIES = {
    "Low": "niedrig, gering, tief, nachrangig, unwichtig",
    "Medium": "mittel, normal, standard, mittlere, mittelhoch",
    "High": "hoch, wichtig, hohe",
    "Urgent": "dringend, eilig, eilt, sehr hoch, höchste, sofort, notfall, kritisch, very high, critical, emergency",
}
OPERATIONS = {
    "create": "anlegen, anlage, neu, neuanlage, erstellen, new, insert, add",
    "update": "ändern, aendern, änderung, aenderung, aktualisieren, aktualisierung, bearbeiten, change, modify",
    "upsert": "anlegen oder ändern, anlegen/ändern, create or update",
    "cancel": "stornieren, storno, storniert, stornierung, absagen, abgesagt, canceled, cancelled, cancellation",
}
COUNTRIES = {
    "AD": "Andorra, AND",
    "AL": "Albanien, Albania, ALB",
    "AT": "Österreich, Oesterreich, Austria, A, AUT, Autriche",
    "BA": "Bosnien und Herzegowina, Bosnien-Herzegowina, Bosnia and Herzegovina, BIH",
    "BE": "Belgien, Belgium, B, BEL, Belgique, België",
    "BG": "Bulgarien, Bulgaria, BGR",
    "BY": "Belarus, Weißrussland, BLR",
    "CA": "Kanada, Canada, CAN, CDN",
    "CH": "Schweiz, Switzerland, CHE, Suisse, Svizzera",
    "CN": "China, Volksrepublik China, CHN",
    "CY": "Zypern, Cyprus, CYP",
    "CZ": "Tschechien, Tschechische Republik, Czechia, Czech Republic, CZE",
    "DE": "Deutschland, Germany, D, DEU, GER, Bundesrepublik Deutschland, BRD, Allemagne",
    "DK": "Dänemark, Daenemark, Denmark, DNK, DEN",
    "EE": "Estland, Estonia, EST",
    "ES": "Spanien, Spain, E, ESP, España",
    "FI": "Finnland, Finland, FIN",
    "FR": "Frankreich, France, F, FRA",
    "GB": "Großbritannien, Grossbritannien, Vereinigtes Königreich, United Kingdom, Great Britain, UK, GBR, England",
    "GR": "Griechenland, Greece, GRC, GRE",
    "HR": "Kroatien, Croatia, HRV, CRO",
    "HU": "Ungarn, Hungary, H, HUN",
    "IE": "Irland, Ireland, IRL",
    "IN": "Indien, India, IND",
    "IS": "Island, Iceland, ISL",
    "IT": "Italien, Italy, I, ITA, Italia",
    "JP": "Japan, JPN",
    "LI": "Liechtenstein, FL, LIE",
    "LT": "Litauen, Lithuania, LTU",
    "LU": "Luxemburg, Luxembourg, L, LUX",
    "LV": "Lettland, Latvia, LVA",
    "MC": "Monaco, MCO",
    "MD": "Moldau, Moldawien, Republik Moldau, Moldova, MDA",
    "ME": "Montenegro, MNE",
    "MK": "Nordmazedonien, Mazedonien, North Macedonia, NMK, MKD",
    "MT": "Malta, MLT",
    "NL": "Niederlande, Holland, Netherlands, The Netherlands, NLD, NED, Nederland",
    "NO": "Norwegen, Norway, N, NOR",
    "PL": "Polen, Poland, POL, Polska",
    "PT": "Portugal, P, PRT, POR",
    "RO": "Rumänien, Rumaenien, Romania, ROU",
    "RS": "Serbien, Serbia, SRB",
    "RU": "Russland, Russische Föderation, Russia, RUS",
    "SE": "Schweden, Sweden, S, SWE",
    "SI": "Slowenien, Slovenia, SLO, SVN",
    "SK": "Slowakei, Slowakische Republik, Slovakia, SVK",
    "SM": "San Marino, RSM, SMR",
    "TR": "Türkei, Tuerkei, Turkey, Türkiye, TUR",
    "UA": "Ukraine, UKR",
    "US": "USA, Vereinigte Staaten, Vereinigte Staaten von Amerika, United States, United States of America",
    "VA": "Vatikan, Vatikanstadt, Vatican City, VAT",
    "XK": "Kosovo, XKX, RKS",
}
"""By code of ISO 3166-1: names in German and English, the letters on number plates, and codes of three letters."""


def _by_word(words_by_value: dict[str, str]) -> dict[str, str]:
    """Return the value of each word in lower case, each value being a word for itself."""
    words = {value.lower(): value for value in words_by_value}
    return words | {word.strip().lower(): value for value, text in words_by_value.items() for word in text.split(",")}


PRIORITY_WORDS = _by_word(PRIORITIES)
OPERATION_WORDS = _by_word(OPERATIONS)
COUNTRY_WORDS = _by_word(COUNTRIES) | {code.lower(): code for code in COUNTRY_CODES}


def is_total(text: str) -> bool:
    """Return whether a text is the heading of a row of totals, such as "Summe:"."""
    return text.strip(" \t\u00a0:*∑=").lower() in _TOTALS


def to_boolean(cell: Cell) -> Any:
    """Return true or false for WAHR, ja, j, x, 1 and the like, and FALSCH, nein, n, 0 and the like."""
    if isinstance(cell, bool):
        return cell
    word = to_text(cell)
    plain = word.strip().lower()
    return True if plain in _TRUE else False if plain in _FALSE else word


def to_word(cell: Cell, words: dict[str, str]) -> Any:
    """Return the value of a word, whatever its case and spaces, or the text if `words` does not have it."""
    text = to_text(cell)
    return words.get(" ".join(text.lower().split()), text)
