"""The headings that German and English exports of ERPs have, by the field that such a column holds."""

NAMES_OF_FIELDS: dict[str, str] = {
    "externalId": (
        "Auftragsnummer, Auftrag, Auftragsnr, Auftrags-ID, Belegnummer, Beleg, Beleg-Nr, Lieferscheinnummer, "
        "Lieferschein, LS-Nr, Lieferungsnummer, Bestellnummer, Bestellung, Vorgangsnummer, Vorgangs-ID, Ticketnummer, "
        "Ticket, Ticket-ID, Servicenummer, Einsatznummer, Sendungsnummer, Dokumentnummer, Externe Nummer, Order ID, "
        "Order number, Order, Sales order, Delivery number, Delivery note number, Document number, Shipment number, "
        "Work order, Reference number, Referenznummer, Referenz, Reference, ID, External reference"
    ),
    "externalType": "Belegart, Auftragsart, Auftragstyp, Belegtyp, Vorgangsart, Order type, Document type",
    "sourceVersion": "Version, Versionsnummer, Revision, Version number",
    "operation": "Aktion, Operation, Action",
    "templateKey": "Vorlagenschlüssel, Vorlage, Template key, Template",
    "title": "Bezeichnung, Betreff, Kurztext, Überschrift, Auftragsbezeichnung, Subject, Summary, Short text",
    "description": (
        "Bemerkung, Bemerkungen, Hinweis, Hinweise, Notiz, Notizen, Anmerkung, Anmerkungen, Kommentar, Langtext, Text, "
        "Lieferhinweis, Auftragstext, Beschreibungstext, Zusatzinfo, Info, Remark, Remarks, Note, Notes, Comment, "
        "Comments, Instructions, Long text"
    ),
    "customer.name": (
        "Kundenname, Kunde, Firma, Firmenname, Empfänger, Name des Kunden, Kundenbezeichnung, Warenempfänger, "
        "Lieferempfänger, Auftraggeber, Name 1, Name, Customer, Company, Company name, Client, Recipient, Consignee, "
        "Ship to name, Account"
    ),
    "customer.customerNumber": (
        "Kundennummer, Kd-Nr, KdNr, Kunden-Nr, Debitor, Debitorennummer, Debitornr, Customer no, Customer number, "
        "Account number, Client number"
    ),
    "customer.externalId": "Kunden-ID, KundenID, Customer ID, Client ID",
    "customer.type": "Kundentyp, Kundengruppe, Customer group",
    "customer.industry": "Branche, Wirtschaftszweig, Sector",
    "customer.contactName": (
        "Ansprechpartner, Kontaktperson, Kontakt, Ansprechperson, Name des Ansprechpartners, z. Hd., zu Händen, "
        "Contact person, Contact, Attention"
    ),
    "customer.phone": (
        "Telefon, Telefonnummer, Tel, Tel-Nr, Rufnummer, Fon, Festnetz, Telefon 1, Mobil, Mobiltelefon, Mobilnummer, "
        "Handy, Handynummer, Phone, Phone number, Telephone, Mobile, Mobile phone, Cell phone"
    ),
    "customer.email": (
        "E-Mail, Mail, E-Mail-Adresse, Mailadresse, Email address, Kontakt-E-Mail, Mail address"
    ),
    "contact.externalId": "Ansprechpartner-ID, Ansprechpartnernummer, Kontakt-ID, Contact ID",
    "contact.role": "Funktion, Rolle, Position des Ansprechpartners, Job title, Role",
    "location.externalId": (
        "Standort-ID, Standortnummer, Lieferadressnummer, Filialnummer, Einsatzort-ID, Objektnummer, Location ID, "
        "Site ID, Store number"
    ),
    "location.name": (
        "Einsatzort, Standort, Standortname, Filiale, Objekt, Niederlassung, Lieferort, Abladestelle, Site, "
        "Location name, Site name, Branch"
    ),
    "address.street": (
        "Straße, Str, Straße und Hausnummer, Straße Hausnummer, Straße/Nr, Straße u. Hausnr, Straße + Hausnummer, "
        "Lieferstraße, Lieferadresse, Adresse, Anschrift, Adresszeile 1, Street, Street address, Address, "
        "Address line 1, Ship to street"
    ),
    "address.postalCode": (
        "PLZ, Postleitzahl, Liefer-PLZ, PLZ Lieferadresse, Zip, Zip code, Postcode, Post code, Ship to zip"
    ),
    "address.city": "Ort, Stadt, Ortsname, Wohnort, Lieferadresse Ort, Gemeinde, City, Town, Ship to city",
    "address.country": (
        "Land, Ländercode, Länderkennzeichen, Länderschlüssel, Länderkürzel, LKZ, Lieferland, Staat, Country, "
        "Country code"
    ),
    "address.latitude": "Breitengrad, Breite, Geo-Breite, Lat, GPS Breite, GPS Lat, Geo Lat, Koordinate Breite",
    "address.longitude": (
        "Längengrad, Geo-Länge, Lon, Lng, Long, GPS Länge, GPS Lon, Geo Lon, Koordinate Länge"
    ),
    "planning.routeDate": (
        "Tourdatum, Liefertag, Lieferdatum, Liefertermin, Tourtag, Besuchsdatum, Einsatzdatum, Einsatztag, "
        "Ausführungsdatum, Termin, Wunschtermin, Wunschlieferdatum, Auslieferungsdatum, Plandatum, Datum, "
        "Delivery date, Visit date, Service date, Scheduled date, Planned date, Date"
    ),
    "planning.dueDate": (
        "Fälligkeit, Fälligkeitsdatum, Fällig bis, Frist, Spätestens, Spätester Termin, Stichtag, Due, Due by, Deadline"
    ),
    "planning.dueAtUtc": "Fällig um, Fälligkeitszeitpunkt, Due at, Due time",
    "planning.timeWindowStartUtc": (
        "Zeitfenster von, Zeitfensterbeginn, Zeitfenster Beginn, Zeitfenster Start, Zeitfenster ab, Lieferzeit von, "
        "Anlieferung von, Uhrzeit von, Zeit von, Von, Ab, Beginn, Startzeit, Frühestens, Time window from, "
        "Time window start, Start time, From, Earliest"
    ),
    "planning.timeWindowEndUtc": (
        "Zeitfenster bis, Zeitfensterende, Zeitfenster Ende, Zeitfenster Stop, Lieferzeit bis, Anlieferung bis, "
        "Uhrzeit bis, Zeit bis, Bis, Ende, Endzeit, Time window to, Time window until, Time window end, End time, To, "
        "Until, Latest"
    ),
    "planning.estimatedWorkMinutes": (
        "Dauer, Minuten, Arbeitszeit, Bearbeitungszeit, Standzeit, Entladezeit, Servicezeit, Aufwand, Zeitbedarf, "
        "Geplante Dauer, Dauer in Minuten, Dauer in Min, Arbeitsminuten, Geschätzte Dauer, Duration, Minutes, "
        "Work minutes, Service time, Duration in minutes, Estimated duration, Stop time"
    ),
    "planning.priority": "Priorität, Prio, Dringlichkeit, Priority, Urgency",
    "planning.fixedTime": "Fixtermin, Fester Termin, Festtermin, Termin fix, Fixed, Fixed appointment",
    "businessValue.expectedRevenue": (
        "Umsatz, Auftragswert, Auftragssumme, Erlös, Nettobetrag, Betrag, Wert, Warenwert, Netto, Revenue, "
        "Order value, Amount, Value, Net amount"
    ),
    "businessValue.customerTier": (
        "Kundenklasse, ABC-Klasse, ABC, Kundenkategorie, Kundenklassifizierung, Tier, Customer class"
    ),
    "businessValue.closeProbability": (
        "Wahrscheinlichkeit, Abschlusswahrscheinlichkeit, Abschlusschance, Erfolgswahrscheinlichkeit, Probability, "
        "Win probability"
    ),
}  # fmt: skip
"""Headings separated by commas, the best first, as people write them. Case, spaces and punctuation do not matter."""
