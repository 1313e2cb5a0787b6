"""The forms of the errors and warnings of an import: each English sentence, and how staff are told the same.

A placeholder such as {field} stands for a part that differs. `targets.finding_texts` says which part becomes a label, a
local time or a translated word. The first form that fits counts.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Any] = {
    "an object": _("an object"),
    "a list": _("a list"),
    "null": _("no value (null)"),
    "true": _("true"),
    "false": _("false"),
}
"""Words for values that are not quoted."""

ACCEPTED: list[tuple[str, Any]] = [
    ("be one of {choices}", "%(choices)s"),
    ("be a text of at most {number} characters", _("a text of at most %(number)s characters")),
    ("have at most {number} characters", _("at most %(number)s characters")),
    (
        "be a string in quotation marks, because a number loses leading zeros",
        _("a text in quotation marks, because a number loses leading zeros"),
    ),
    ("be a string", _("a text")),
    ("be an object", _("an object with fields")),
    ("have at most {limit} members, not {number}", _("at most %(limit)s fields, not %(number)s")),
    ("not contain the invisible character {character}", _("a text without the invisible character %(character)s")),
    (
        "be a whole number of at most {number} digits, such as {example}",
        _("a whole number of at most %(number)s digits, such as %(example)s"),
    ),
    (
        "be a whole number of minutes from {limit} to {limit2}",
        _("a whole number of minutes from %(limit)s to %(limit2)s"),
    ),
    (
        "be a whole number of percent from {limit} to {limit2}",
        _("a whole number of percent from %(limit)s to %(limit2)s"),
    ),
    ("be a whole number from {limit} to {limit2}", _("a whole number from %(limit)s to %(limit2)s")),
    ("be a number from {limit} to {limit2}", _("a number from %(limit)s to %(limit2)s")),
    (
        "be a number of 0 or more, at most {limit} digits before and {limit2} after the decimal point",
        _("a number of 0 or more with at most %(limit)s digits before and %(limit2)s after the decimal point"),
    ),
    (
        "be a number with a point, at most {limit} digits before and {limit2} after it, such as {example}",
        _("a number with at most %(limit)s digits before and %(limit2)s after the decimal point, such as %(example)s"),
    ),
    (
        "be a number without a comma: a comma could be a decimal or a thousands separator; send 1234 or 1234.5",
        _("a number without a comma, such as 1234.5; a comma could be a decimal or a thousands separator"),
    ),
    (
        "be a number without thousands separators; send 1234 or 1234.5",
        _("a number without thousands separators, such as 1234.5"),
    ),
    (
        "be rounded to at most {number} digits after the decimal point",
        _("a number with at most %(number)s digits after the decimal point"),
    ),
    (
        "have at most {number} digits before the decimal point",
        _("a number with at most %(number)s digits before the decimal point"),
    ),
    ("be a date as YYYY-MM-DD, such as {example}", _("a day as YYYY-MM-DD, such as %(example)s")),
    ("be a date and time by RFC 3339, such as {example}", _("a day and time such as %(example)s")),
    ("be from {day} to {last_day} in UTC", _("a time from %(day)s to %(last_day)s in UTC")),
    ("be from {day} to {last_day}", _("a day from %(day)s to %(last_day)s")),
    (
        "be true or false (also 1 or 0, yes or no, ja or nein, WAHR or FALSCH)",
        _("true or false (also 1 or 0, yes or no, ja or nein, WAHR or FALSCH)"),
    ),
    (
        "be a country code of two capital letters (ISO 3166-1 alpha-2), such as {example}",
        _("a country code of two capital letters, such as %(example)s"),
    ),
]
"""What a field accepts, as the end of a sentence "The field must …", and as a phrase after "Accepted:"."""

SENTENCES: list[tuple[str, Any]] = [
    (
        "{field} must {accepted}; {value} was sent; write {choice}.",
        _("%(field)s: %(value)s is not accepted. Write %(choice)s. Accepted: %(accepted)s."),
    ),
    ("{field} must {accepted}; {value} was sent.", _("%(field)s: %(value)s is not accepted. Accepted: %(accepted)s.")),
    (
        "{field} must {accepted}; the stored value {value} stays as it is.",
        _("%(field)s: the stored value %(value)s is not accepted and stays as it is. Accepted: %(accepted)s."),
    ),
    (
        "{number} more stored values are not of the types of their fields. They stay as they are.",
        _("%(number)s more stored values do not fit their fields. They stay as they are."),
    ),
    ("A target must be an object; {value} was sent.", _("A target must be an object, but %(value)s was sent.")),
    (
        "{field} may have at most {limit} members; {number} were sent. Leave out what is not known.",
        _("%(field)s may have at most %(limit)s fields, but %(number)s were sent."),
    ),
    (
        "A target may have at most {limit} members; {number} were sent. Leave out what is not known.",
        _("A target may have at most %(limit)s fields, but %(number)s were sent."),
    ),
    (
        "title has {number} characters, but the note of a cancel at most {limit}. Only the beginning is used.",
        _("The note of the cancellation has %(number)s characters. Only the first %(limit)s are stored."),
    ),
    (
        "Something went wrong on our side with this item. Send it again; if it fails again, "
        "tell us the correlation id.",
        _("Something went wrong in this service. Try again; if it fails again, tell an administrator."),
    ),
    ("ExternalId is required.", _("The external id is missing.")),
    ("Title is required.", _("The title is missing.")),
    ("{field} is required and has no value.", _("%(field)s is required and has no value.")),
    (
        "{field} and {other} are two names of one field, but {value} and {other_value} were sent. "
        "Send one of the two, or the same value in both.",
        _("%(field)s was sent under two names with different values: %(value)s and %(other_value)s."),
    ),
    (
        "The time window must end after it starts; it starts {start} and ends {end}.",
        _("The time window must end after it starts. It starts on %(start)s and ends on %(end)s."),
    ),
    (
        "{field} and {other} go together; {empty} has no value.",
        _("%(field)s and %(other)s go together, but %(empty)s has no value."),
    ),
    (
        "{value} is not an active template; active are: none.",
        _("%(value)s is not an active template. No template is active."),
    ),
    (
        "{value} is not an active template; active are: {choices}.",
        _("%(value)s is not an active template. Active are: %(choices)s."),
    ),
    (
        "A target with the externalId {value} already exists; send update or upsert to change it.",
        _("The target %(value)s exists already. Only an update or an upsert changes it."),
    ),
    (
        "There is no target with the externalId {value}; check the id, or send create or upsert first.",
        _("There is no target %(value)s. Check the id, or create the target first."),
    ),
    (
        "The target already has {field} {moment} with other content. Send a higher one with each change; "
        "GET /targets answers what is stored.",
        _(
            "The target has the same version (%(field)s %(moment)s) with other content. The source system must send a "
            "higher one with each change."
        ),
    ),
    (
        "The target already has {field} {moment}; {end} is older, so nothing was changed.",
        _("The target is newer already (%(field)s %(moment)s). What was sent is older (%(end)s). Nothing was changed."),
    ),
    (
        "The target had other content with the same sourceUpdatedAtUtc {moment}. The later arrival wins.",
        _("The target had other content with the same time of change, %(moment)s. The later arrival counts."),
    ),
    (
        "sourceSystem must be {value}, as for the whole import; {other_value} was sent.",
        _("The import is for the source system %(value)s, but the target names %(other_value)s."),
    ),
    (
        "{number} more fields are not known and were ignored.",
        _("%(number)s more fields are not known and were ignored."),
    ),
    (
        "{name} is not known and was ignored. Did you mean {choice}?",
        _("The field %(name)s is not known and was ignored. Is %(choice)s meant?"),
    ),
    ("{name} is not known and was ignored.", _("The field %(name)s is not known and was ignored.")),
    (
        "Staff cancelled this target. It stays cancelled until they reopen it.",
        _("Staff cancelled this target. It stays cancelled until they reopen it."),
    ),
    (
        "Staff corrected {field} to {value}, so {other_value} was not stored.",
        _("%(field)s was corrected to %(value)s by staff, so %(other_value)s was not stored."),
    ),
    (
        "customFields.{name} is not a field of the template. It is stored as sent.",
        _("The field %(name)s is not in the template. It is stored as it was sent."),
    ),
    (
        "{number} more keys are not fields of the template. They are stored as sent.",
        _("%(number)s more fields are not fields of the template. They are stored as they were sent."),
    ),
    (
        "The address has no latitude and longitude, so no route can be planned to it yet.",
        _("The address has no coordinates, so no route can be planned to it yet."),
    ),
    (
        "{field} ({moment}) lies outside the time window.",
        _("%(field)s (%(moment)s) lies outside the time window."),
    ),
    (
        "{field} has no offset and was read as UTC. Send Z or an offset such as +02:00.",
        _("%(field)s was sent without a time zone and was read as UTC."),
    ),
    (
        "A target has one email: {field} ({value}) is used, and {other} ({other_value}) is not.",
        _(
            "A target has one email address. That of the contact (%(value)s) is used, not that of the customer "
            "(%(other_value)s)."
        ),
    ),
    (
        "Latitude and longitude are both 0, which is a place in the sea.",
        _("Latitude and longitude are both 0. That is a place in the sea."),
    ),
    (
        "Latitude {latitude} and longitude {longitude} lie outside {country}. If they are swapped, they lie inside.",
        _("The coordinates %(latitude)s, %(longitude)s lie outside the country %(country)s. Swapped, they lie inside."),
    ),
    (
        "Latitude {latitude} and longitude {longitude} lie outside {country}.",
        _("The coordinates %(latitude)s, %(longitude)s lie outside the country %(country)s."),
    ),
    (
        "{field} is {value}; a postal code of {country} {form}. A leading zero may be lost.",
        _("The postal code %(value)s does not have the form of %(country)s. A leading zero may be lost."),
    ),
    (
        "{field} is {value}; a postal code of {country} {form}.",
        _("The postal code %(value)s does not have the form of %(country)s."),
    ),
    (
        "The time window is from {day} to {other_day} in {zone}, and the route date is {last_day}.",
        _("The time window is from %(day)s to %(other_day)s (%(zone)s), but the route date is %(last_day)s."),
    ),
    (
        "The time window is on {day} in {zone}, and the route date is {last_day}.",
        _("The time window is on %(day)s (%(zone)s), but the route date is %(last_day)s."),
    ),
    (
        "{field} is {value}, which is not an email address.",
        _("%(field)s: %(value)s is not an email address."),
    ),
    (
        "externalType was {value} and is now {other_value}. Check that both are the same order.",
        _("The external type was %(value)s and is now %(other_value)s. Check that both are the same order."),
    ),
    (
        "The target was cancelled before; nothing was changed.",
        _("The target was cancelled before. Nothing was changed."),
    ),
    (
        "The target was never imported. The cancel is stored, so that an older import changes nothing.",
        _("The target was never imported. The cancellation is stored, so that an older import changes nothing."),
    ),
    (
        "The target was cancelled; this import made it active again.",
        _("The target was cancelled. This import made it active again."),
    ),
]
"""The sentences, each with the text for staff."""
