"""Today and tomorrow on the start page."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from targets.day import count_days


def today_and_tomorrow() -> list[dict[str, Any]]:
    """Return two dicts of `title`, `day`, `counts` (a DayCounts) and `link`, to the page of the day. Makes one query.

    The days are those of the site's time zone.
    """
    today = localdate()
    page = reverse("admin:targets_target_day")
    titles = {today: _("Today"), today + timedelta(days=1): _("Tomorrow")}
    return [
        {"title": titles[day], "day": day, "counts": counts, "link": f"{page}?date={day.isoformat()}"}
        for day, counts in count_days(list(titles)).items()
    ]
