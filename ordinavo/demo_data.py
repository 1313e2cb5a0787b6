"""Demo data: deliveries to customers in the Ruhr area on the next days, the same on every machine."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

SOURCE_SYSTEM = {"key": "logistics_erp", "name": "Logistics ERP"}
TEMPLATE = {"key": "delivery_stop", "name": "Delivery stop"}
CUSTOM_FIELDS = [
    {"key": "delivery_weight_kg", "label": "Weight", "type": "decimal", "unit": "kg"},
    {"key": "package_count", "label": "Packages", "type": "integer"},
    {"key": "temperature_sensitive", "label": "Temperature sensitive", "type": "boolean"},
    {"key": "delivery_note", "label": "Delivery note", "type": "text"},
]

_CUSTOMERS = [
    # name, contact, street, postal code, city, latitude, longitude
    ("Apotheke am Dom", "Jutta Krause", "Kettwiger Strasse 22", "45127", "Essen", 51.4551, 7.0131),
    ("Baumarkt Altendorf", "Cem Yilmaz", "Altendorfer Strasse 300", "45143", "Essen", 51.4603, 6.9792),
    ("Cafe Zollverein", "Lena Vogt", "Gelsenkirchener Strasse 181", "45309", "Essen", 51.4864, 7.0458),
    ("Druckerei Ruettenscheid", "Paul Hein", "Ruettenscheider Strasse 110", "45131", "Essen", 51.4312, 7.0052),
    ("Elektro Borbeck", "Ines Adler", "Borbecker Platz 5", "45355", "Essen", 51.4722, 6.9489),
    ("Feinkost Phoenix", "Marco Conti", "Phoenixseestrasse 12", "44263", "Dortmund", 51.4893, 7.5098),
    ("Gartencenter Hombruch", "Silke Brandt", "Harkortstrasse 60", "44225", "Dortmund", 51.4728, 7.4412),
    ("Hotel Westfalenpark", "Tim Schubert", "Florianstrasse 2", "44139", "Dortmund", 51.4969, 7.4765),
    ("Institut Technologiepark", "Dr. Nina Paulus", "Joseph-von-Fraunhofer-Strasse 20", "44227", "Dortmund", 51.4913, 7.4137),
    ("Kita Nordstadt", "Ayse Demir", "Mallinckrodtstrasse 99", "44145", "Dortmund", 51.5246, 7.4651),
    ("Kantine Ruhrstadion", "Bernd Kowalski", "Castroper Strasse 145", "44791", "Bochum", 51.4899, 7.2365),
    ("Labor Querenburg", "Prof. Olga Stein", "Universitaetsstrasse 150", "44801", "Bochum", 51.4446, 7.2613),
    ("Moebelhaus Ruhrpark", "Karin Lange", "Am Einkaufszentrum 1", "44791", "Bochum", 51.4942, 7.2842),
    ("Optik Ehrenfeld", "Jonas Wolf", "Koenigsallee 18", "44789", "Bochum", 51.4716, 7.2168),
    ("Praxis Wattenscheid", "Dr. Maria Lopez", "Oststrasse 35", "44866", "Bochum", 51.4801, 7.1388),
    ("Reederei Ruhrort", "Hinnerk Maas", "Dammstrasse 11", "47119", "Duisburg", 51.4552, 6.7318),
    ("Sanitaetshaus Innenhafen", "Petra Funk", "Philosophenweg 31", "47051", "Duisburg", 51.4393, 6.7705),
    ("Stahlbau Meiderich", "Goran Petrov", "Emscherstrasse 71", "47137", "Duisburg", 51.4809, 6.7829),
    ("Tierklinik Kaiserberg", "Dr. Eva Roth", "Muelheimer Strasse 250", "47057", "Duisburg", 51.4347, 6.8001),
    ("Zweirad Rheinhausen", "Udo Peters", "Friedrich-Alfred-Strasse 89", "47226", "Duisburg", 51.4038, 6.7161),
    ("Aquarium Schalke", "Sven Richter", "Kurt-Schumacher-Strasse 101", "45881", "Gelsenkirchen", 51.5321, 7.0806),
    ("Backstube Buer", "Heike Sommer", "Hochstrasse 40", "45894", "Gelsenkirchen", 51.5786, 7.0515),
    ("CentrO Modehaus", "Lara Becker", "Centroallee 200", "46047", "Oberhausen", 51.4908, 6.8787),
    ("Drogerie Sterkrade", "Oskar Blum", "Bahnhofstrasse 48", "46145", "Oberhausen", 51.5157, 6.8534),
    ("Fliesen Styrum", "Ali Kaya", "Oberhausener Strasse 150", "45476", "Muelheim an der Ruhr", 51.4497, 6.8642),
    ("Gaertnerei Saarn", "Ute Simon", "Duesseldorfer Strasse 12", "45481", "Muelheim an der Ruhr", 51.4068, 6.8611),
    ("Hospiz Bottrop", "Schwester Agnes", "Osterfelder Strasse 151", "46242", "Bottrop", 51.5161, 6.9237),
    ("Imkerei Kirchhellen", "Franz Wagner", "Hauptstrasse 20", "46244", "Bottrop", 51.6034, 6.9206),
    ("Jugendhaus Herne", "Mara Klein", "Bahnhofstrasse 143", "44623", "Herne", 51.5386, 7.2199),
    ("Kino Hagen", "Dieter Franke", "Springe 1", "58095", "Hagen", 51.3577, 7.4716),
    ("Lager Unna-Massen", "Rosa Nowak", "Massener Hellweg 20", "59427", "Unna", 51.5376, 7.6422),
    ("Museum Witten", "Anke Thiel", "Husemannstrasse 12", "58452", "Witten", 51.4421, 7.3363),
    ("Nahkauf Recklinghausen", "Murat Arslan", "Kunibertistrasse 5", "45657", "Recklinghausen", 51.6149, 7.1976),
    ("Orgelbau Moers", "Georg Hahn", "Steinstrasse 44", "47441", "Moers", 51.4519, 6.6266),
    ("Pizzeria Gladbeck", "Enzo Ricci", "Hochstrasse 29", "45964", "Gladbeck", 51.5716, 6.9857),
    ("Reha Bad Hamm", "Dr. Kai Neumann", "Ostenallee 80", "59071", "Hamm", 51.6820, 7.8521),
]  # fmt: skip
_PRIORITIES = ["Medium", "High", "Low", "Medium", "Urgent", "Medium"]
_NOTES = ["Ring twice.", "Use the loading bay.", "Call ten minutes ahead.", "Ask at the reception."]


def documents(today: date) -> list[dict[str, Any]]:
    """Return one import document for each of _CUSTOMERS, spread over the five days that begin with `today`.

    Each is an upsert of a delivery with the template of TEMPLATE. Three have no coordinates, which gives a warning; no
    document is rejected. Apart from the days, the documents are always the same.
    """
    return [_document(number, today) for number in range(len(_CUSTOMERS))]


def faulty_documents(today: date) -> list[dict[str, Any]]:
    """Return four import documents with typical faults, so that the admin has rejected items to correct.

    They have the name of a country instead of its code, an empty time window, a custom field of the wrong type, and no external id.
    """
    country, window, count = (_document(number, today) for number in (3, 5, 8))
    country["address"]["country"] = "Germany"
    window["planning"]["timeWindowEndUtc"] = window["planning"]["timeWindowStartUtc"]
    count["customFields"]["package_count"] = "two pallets"
    numbered = [
        document | {"externalId": f"DEL-2026-{900 + n:06}"} for n, document in enumerate((country, window, count))
    ]
    return [*numbered, {"sourceSystem": SOURCE_SYSTEM["key"], "title": "Delivery without a number"}]


def _document(number: int, today: date) -> dict[str, Any]:
    """Return the import document of _CUSTOMERS[number], for a day from `today` to four days later."""
    name, contact, street, postal_code, city, latitude, longitude = _CUSTOMERS[number]
    return {
        "sourceSystem": SOURCE_SYSTEM["key"],
        "externalId": f"DEL-2026-{number + 101:06}",
        "externalType": "DeliveryOrder",
        "operation": "upsert",
        "templateKey": TEMPLATE["key"],
        "title": f"Delivery to {name}",
        "customer": {
            "name": name,
            "contactName": contact,
            "phone": f"+49 2{number % 9 + 1}1 555{number + 100}",
            "email": f"order{number + 101}@example.com",
        },
        "address": {
            "street": street,
            "postalCode": postal_code,
            "city": city,
            "country": "DE",
            # Some addresses have no coordinates, which gives a warning.
            **({} if number % 12 == 7 else {"latitude": latitude, "longitude": longitude}),
        },
        "planning": _planning(number, today + timedelta(days=number % 5)),
        "businessValue": {
            "expectedRevenue": 180 + number * 35,
            "customerTier": "ABC"[number % 3],
            "closeProbability": 50 + number % 5 * 10,
        },
        "customFields": {
            "delivery_weight_kg": f"{4 + number * 2}.5",
            "package_count": str(1 + number % 7),
            "temperature_sensitive": "true" if number % 6 == 0 else "false",
            "delivery_note": _NOTES[number % len(_NOTES)],
        },
    }


def _planning(number: int, day: date) -> dict[str, Any]:
    """Return the field `planning` of a customer's document, for a visit on `day`. The times are in UTC.

    It has a time window of four hours, and a due time, priority and duration that depend on `number`.
    """
    start = datetime.combine(day, time(6 + number % 6), tzinfo=UTC)
    return {
        "routeDate": day.isoformat(),
        "dueAtUtc": (start + timedelta(hours=2)).isoformat(),
        "timeWindowStartUtc": start.isoformat(),
        "timeWindowEndUtc": (start + timedelta(hours=4)).isoformat(),
        "estimatedWorkMinutes": 10 + number % 4 * 5,
        "priority": _PRIORITIES[number % len(_PRIORITIES)],
        "fixedTime": number % 9 == 0,
    }
