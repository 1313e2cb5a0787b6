"""The headings that German and English exports of ERPs have, by the field that such a column holds."""

import re

HOUSE_NUMBER = "address.houseNumber"
"""The path of a column whose cells are added to the street. No field of targets has it."""

NAMES_OF_FIELDS: dict[str, str] = {
    "externalId": (
        "Auftragsnummer, Auftrag, Auftragsnr, Auftrags-ID, Belegnummer, Beleg, Beleg-Nr, Lieferscheinnummer, "
        "Lieferschein, LS-Nr, Lieferungsnummer, Bestellnummer, Bestellung, Vorgangsnummer, Vorgangs-ID, Ticketnummer, "
        "Ticket, Ticket-ID, Servicenummer, Einsatznummer, Sendungsnummer, Dokumentnummer, Externe Nummer, Order ID, "
        "Order number, Order, Sales order, Delivery number, Delivery note number, Document number, Shipment number, "
        "Work order, Reference number, Referenznummer, Referenz, Reference, ID, External reference, Order no, "
        "Delivery no, Document no, Auftr-Nr, Lfs-Nr, Verkaufsbeleg"
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
        "Kundenname, Kunde, Firma, Firmenname, Empfänger, Name des Kunden, Kundenbezeichnung, "
        "Name des Warenempfängers, Name Warenempfänger, Sell-to customer name, Warenempfänger, Lieferempfänger, "
        "Auftraggeber, Name 1, Name, Customer, Company, Company name, Client, Recipient, Consignee, "
        "Ship to name, Account"
    ),
    "customer.customerNumber": (
        "Kundennummer, Kd-Nr, KdNr, Kunden-Nr, Debitor, Debitorennummer, Debitornr, Customer no, Customer number, "
        "Account number, Client number, Sell-to customer no"
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
        "Einsatzort, Standort, Standortname, Filiale, Objekt, Niederlassung, Abladestelle, Site, Location name, "
        "Site name, Branch"
    ),
    HOUSE_NUMBER: "Hausnummer, Hausnr, Haus-Nr, HNr, Hs-Nr, House number, House no, Street number, Street no",
    "address.street": (
        "Straße, Str, Straße und Hausnummer, Straße Hausnummer, Straße/Nr, Straße u. Hausnr, Straße + Hausnummer, "
        "Lieferstraße, Lieferadresse, Lieferanschrift, Lieferadresse Straße, Straße Lieferadresse, "
        "Straße des Warenempfängers, Adresse, Anschrift, Adresszeile 1, Street, Street address, Address, "
        "Address line 1, Ship to street, Ship to address, Shipping street, Shipping address, Delivery street, "
        "Delivery address"
    ),
    "address.postalCode": (
        "PLZ, Postleitzahl, Liefer-PLZ, PLZ Lieferadresse, Lieferadresse PLZ, PLZ des Warenempfängers, Zip, Zip code, "
        "Postcode, Post code, Ship to zip, Ship to post code, Shipping zip, Shipping zipcode, Shipping postcode, "
        "Delivery zip, Delivery postcode"
    ),
    "address.city": (
        "Ort, Stadt, Ortsname, Wohnort, Lieferort, Lieferadresse Ort, Ort Lieferadresse, Ort des Warenempfängers, "
        "Gemeinde, City, Town, Ship to city, Shipping city, Delivery city"
    ),
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
        "Delivery date, Requested delivery date, Visit date, Service date, Scheduled date, Planned date, Date"
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
        "Umsatz, Auftragswert, Auftragssumme, Erlös, Nettobetrag, Nettowert, Betrag, Wert, Warenwert, Netto, Revenue, "
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

DELIVERY_HEADINGS = re.compile("liefer|warenempf|shipto|shipping|delivery")
"""Parts of normalised headings that mean the address of the delivery, in contrast to that of the invoice."""
