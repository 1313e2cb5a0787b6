"""Errors and warnings of an import as sentences for staff, in their language and with the labels of the fields.

The API and the records of imports have them in English, for senders. Here each such sentence is recognised by its form,
and told again with its values. So records of every age are translated, and no translation has to be stored.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ordinavo.common.findings import Finding
from ordinavo.common.local_days import moment_text
from targets.finding_forms import ACCEPTED, SENTENCES, WORDS
from targets.labels import choice_labels, field_label

Labels = Mapping[str, str]
"""Labels by path that are used instead of those of the fields. See `field_label`."""


class Form(NamedTuple):
    """A form of English sentences, and the text for staff that tells the same."""

    pattern: re.Pattern[str]
    text: Promise


_ONE_OF = "be one of "
# What a placeholder in a form may stand for. Any other stands for as little as possible of any text.
_NAME = r"[\w.-]+"
# A quoted text, perhaps cut, a word for a value, or a number.
_VALUE = r'".*|\[".*|an object|a list|null|true|false|[-+0-9].*'
_PATTERNS = {
    "field": _NAME,
    "other": _NAME,
    "empty": _NAME,
    "value": _VALUE,
    "other_value": _VALUE,
    "number": r"[0-9,]+",
    "limit": r"[-0-9,]+",
    "limit2": r"[-0-9,]+",
    "start": r"\S+",
    "end": r"\S+",
    "moment": r"\S+",
}


def finding_text(finding: Finding | Mapping[str, Any], own_labels: Labels | None = None) -> str:
    """Return an error or warning as a sentence for staff, in the active language.

    A mapping has `message`, as in an import item. A sentence whose form is not known is returned in English, as it was
    stored.
    """
    message = _message(finding)
    for form in _SENTENCES:
        if match := form.pattern.fullmatch(message):
            return _told(form, match, own_labels)
    return message


def accepted_text(finding: Finding | Mapping[str, Any]) -> str:
    """Return what the field of an error accepts, as a sentence for staff without the field and the sent value.

    Returns an empty text if the error is not about what the field accepts.
    """
    match = _REFUSED.match(_message(finding))
    return _("Accepted: %(accepted)s.") % {"accepted": _accepted(match["accepted"], match["field"])} if match else ""


def _message(finding: Finding | Mapping[str, Any]) -> str:
    """Return the English message of an error or warning."""
    return str(finding["message"] if isinstance(finding, Mapping) else finding.message)


def _told(form: Form, match: re.Match[str], own_labels: Labels | None) -> str:
    """Return the text for staff of a recognised sentence."""
    found = match.groupdict("")
    values = {name: _value(name, text, found.get("field", ""), own_labels) for name, text in found.items()}
    return str(form.text) % values


def _value(name: str, text: str, field: str, own_labels: Labels | None) -> str:
    """Return the text of a placeholder as staff read it. `field` is the path of the field of the sentence, if any."""
    if name in ("field", "other", "empty"):
        return field_label(text, own_labels)
    if name == "accepted":
        return _accepted(text, field)
    if name == "choice" and field:
        return choice_labels(field).get(text, text)
    convert = _CONVERTED.get(name)
    return convert(text) if convert else text


def _accepted(must: str, field: str) -> str:
    """Return what a field accepts, from the end of a sentence "The field must …". Unknown ones stay as they are."""
    if (labels := choice_labels(field)) and must.startswith(_ONE_OF):
        return ", ".join(labels.get(choice, choice) for choice in must.removeprefix(_ONE_OF).split(", "))
    for form in _ACCEPTED:
        if match := form.pattern.fullmatch(must):
            return _told(form, match, None)
    return must


def _quoted(value: str) -> str:
    """Return a quoted value, with the quotation marks of the language, or the translated word for it."""
    if value in WORDS:
        return str(WORDS[value])
    if value.startswith('"'):
        inner = value[1:-1] if value.endswith('"') and len(value) > 1 else value[1:]
        return _("“%(text)s”") % {"text": inner}
    return value


def _time(text: str) -> str:
    """Return a time in UTC such as 2026-06-25T08:00:00Z as the local time. Any other text is returned as it is."""
    try:
        return moment_text(datetime.fromisoformat(text))
    except ValueError:
        return text


def _day(text: str) -> str:
    """Return a day such as 2026-06-25 as the language writes it. Any other text is returned as it is."""
    try:
        return date_format(date.fromisoformat(text), "SHORT_DATE_FORMAT")
    except ValueError:
        return text


def _limit(text: str) -> str:
    """Return a whole number such as 10,080 as the language writes it. Any other text is returned as it is."""
    try:
        return number_format(int(text.replace(",", "")), force_grouping=True)
    except ValueError:
        return text


_CONVERTED: dict[str, Callable[[str], str]] = {
    "limit": _limit,
    "limit2": _limit,
    "value": _quoted,
    "other_value": _quoted,
    "start": _time,
    "end": _time,
    "moment": _time,
    "day": _day,
    "other_day": _day,
    "last_day": _day,
}


def _compiled(forms: list[tuple[str, Any]]) -> list[Form]:
    """Return forms whose placeholders, such as {field}, are groups of a regular expression."""
    return [Form(re.compile(_expression(sentence), re.DOTALL), text) for sentence, text in forms]


def _expression(sentence: str) -> str:
    """Return the regular expression of a sentence with placeholders."""
    parts = re.split(r"\{(\w+)\}", sentence)
    literal, names = map(re.escape, parts[::2]), parts[1::2]
    groups = (f"(?P<{name}>{_PATTERNS.get(name, '.*?')})" for name in names)
    return "".join(text for pair in zip(literal, [*groups, ""], strict=True) for text in pair)


_SENTENCES = _compiled(SENTENCES)
_REFUSED = re.compile(_expression("{field} must {accepted}; {value} was sent"), re.DOTALL)
_ACCEPTED = _compiled(ACCEPTED)
