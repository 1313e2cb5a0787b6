"""What the admin looks like and where its menu leads: the settings of django-unfold."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _page(title: Any, icon: str, model: str, query: str = "") -> dict[str, Any]:
    app, name = model.split(".")
    url = reverse_lazy(f"admin:{app}_{name}_changelist")
    link = format_lazy("{}?{}", url, query) if query else url
    return {"title": title, "icon": icon, "link": link, "permission": _may(f"{app}.view_{name}")}


UNFOLD = {
    "SITE_TITLE": "Ordinavo Connect",
    "SITE_HEADER": "Ordinavo Connect",
    "SITE_SYMBOL": "local_shipping",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("ordinavo/favicon.svg")},
    ],
    "STYLES": [lambda request: static("ordinavo/backoffice.css")],
    "SCRIPTS": [lambda request: static("ordinavo/copy.js")],
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "ordinavo.admin.dashboard.fill",
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {
                "title": _("Day by day"),
                "items": [
                    {"title": _("Start"), "icon": "home", "link": reverse_lazy("admin:index")},
                    _page(_("Targets"), "location_on", "targets.target"),
                    _page(_("Rejected items"), "report", "importjobs.importitem", "handling=open")
                    | {"active": lambda request: request.GET.get("handling") == "open"},
                    _page(_("Import jobs"), "move_to_inbox", "importjobs.importjob"),
                    _page(_("Import items"), "list", "importjobs.importitem")
                    | {"active": lambda request: "/importitem/" in request.path and "handling" not in request.GET},
                ],
            },
            {
                "title": _("Integration"),
                "items": [
                    _page(_("Source systems"), "dns", "targets.sourcesystem"),
                    _page(_("Templates"), "view_list", "templates.targettemplate"),
                    _page(_("API tokens"), "key", "inbound.apitoken"),
                ],
            },
            {
                "title": _("Accounts"),
                "items": [
                    _page(_("Users"), "person", "auth.user"),
                    _page(_("Roles"), "groups", "auth.group"),
                ],
            },
        ],
    },
}
