"""The filter `for_staff` of templates: it tells errors and warnings of imports in the reader's language."""

from django import template

from targets.finding_texts import finding_text

register = template.Library()
register.filter("for_staff", finding_text)
