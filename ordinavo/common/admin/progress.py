"""How far work in the background is, as the pages of staff show it while it goes on."""

from typing import NamedTuple

from django.http import JsonResponse
from django.utils.formats import number_format


class Progress(NamedTuple):
    """What `admin/progress.html` shows about work that has not ended."""

    percent: int | None
    """None while it is not known how much there is to do."""
    text: str
    warning: str = ""
    """Why it does not go on, or empty."""
    has_ended: bool = False

    def as_response(self) -> JsonResponse:
        """Return the answer to the script of the page, `progress.js`."""
        values = {"percent": self.percent, "text": self.text, "warning": self.warning, "hasEnded": self.has_ended}
        return JsonResponse(values, headers={"Cache-Control": "no-store"})


def grouped(number: int) -> str:
    """Return a whole number with the separators of the active language, such as 100.000 in German."""
    return number_format(number, force_grouping=True)
