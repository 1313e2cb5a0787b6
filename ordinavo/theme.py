"""The settings of django-unfold: the look of the admin, and its menu."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _


def _has_permission(permission: str) -> Callable[[HttpRequest], bool]:
    """Return a function that returns, for a request, whether its user has a permission such as targets.view_target."""
    return lambda request: request.user.has_perm(permission)


def _list_entry(title: Any, icon: str, model: str, query: str = "") -> dict[str, Any]:
    """Return a menu entry that leads to the list of a model, and is shown to users who may view the model.

    It is a dict of `title`, `icon`, `link` and `permission`. `icon` is the name of a Material symbol, `model` is
    written as "targets.target", and `query` is the query string that filters the list. Without it the link leads to the
    whole list.
    """
    app, name = model.split(".")
    url = reverse_lazy(f"admin:{app}_{name}_changelist")
    link = format_lazy("{}?{}", url, query) if query else url
    return {"title": title, "icon": icon, "link": link, "permission": _has_permission(f"{app}.view_{name}")}


def _is_about_rejections(request: HttpRequest) -> bool:
    """Return whether a page is about rejections: by cause, a request for a choice, or the list of handled or open ones.

    The address of the list has "handling" if it is filtered by that.
    """
    pages = ("/importitem/causes/", "/importitem/choice-requests/")
    return "handling" in request.GET or any(page in request.path for page in pages)


def _may_export(request: HttpRequest) -> bool:
    """Return whether the user may export a list, and so has a list of exports."""
    return admin.site.get_model_admin(apps.get_model("exports.Export")).has_view_permission(request)


def _keep_form_script(request: HttpRequest) -> str:
    """Return the address of the script that keeps forms. It names the user, because it keeps them for one user only."""
    return f"{static('ordinavo/keep_form.js')}?user={request.user.pk or ''}"


UNFOLD = {
    "SITE_TITLE": "Ordinavo Connect",
    "SITE_HEADER": "Ordinavo Connect",
    "SITE_SYMBOL": "local_shipping",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("ordinavo/favicon.svg")},
    ],
    "STYLES": [lambda request: static("ordinavo/backoffice.css")],
    "SCRIPTS": [
        *[
            lambda request, name=name: static(f"ordinavo/{name}.js")
            for name in ("copy", "accessible", "palette", "filter_panel")
        ],
        _keep_form_script,
    ],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "ordinavo.admin.dashboard.add_numbers",
    "ACCOUNT": {
        "navigation": [
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
            {"title": _("Two-factor login"), "link": reverse_lazy("mfa_index")},
        ],
    },
    "COMMAND": {"search_callback": "ordinavo.admin.palette.find", "search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": [
            {
                "title": _("Daily work"),
                "items": [
                    {"title": _("Overview"), "icon": "home", "link": reverse_lazy("admin:index")},
                    {
                        "title": _("Day"),
                        "icon": "today",
                        "link": reverse_lazy("admin:targets_target_day"),
                        "permission": _has_permission("targets.view_target"),
                    },
                    _list_entry(_("Targets"), "location_on", "targets.target")
                    | {"active": lambda request: "/target/" in request.path and "/target/day/" not in request.path},
                    _list_entry(_("Bulk changes"), "checklist", "targets.bulkchange")
                    | {"permission": _has_permission("targets.view_target")},
                    _list_entry(_("Rejections"), "report", "importjobs.importitem")
                    | {
                        "link": reverse_lazy("admin:importjobs_importitem_causes"),
                        "active": _is_about_rejections,
                    },
                    _list_entry(_("Import jobs"), "move_to_inbox", "importjobs.importjob")
                    | {"active": lambda request: "/importjob/" in request.path and "/upload/" not in request.path},
                    {
                        "title": _("Import a file"),
                        "icon": "upload_file",
                        "link": reverse_lazy("admin:importjobs_importjob_upload_file"),
                        "permission": _has_permission("importjobs.import_importjob"),
                    },
                    _list_entry(_("Import items"), "list", "importjobs.importitem")
                    | {"active": lambda request: "/importitem/" in request.path and not _is_about_rejections(request)},
                    _list_entry(_("Exports"), "download", "exports.export") | {"permission": _may_export},
                ],
            },
            {
                "title": _("Integration"),
                "items": [
                    _list_entry(_("Source systems"), "dns", "targets.sourcesystem"),
                    _list_entry(_("Templates"), "view_list", "templates.targettemplate"),
                    _list_entry(_("API tokens"), "key", "inbound.apitoken"),
                ],
            },
            {
                "title": _("Accounts"),
                "items": [
                    _list_entry(_("Users"), "person", "auth.user"),
                    _list_entry(_("Roles"), "groups", "auth.group"),
                    _list_entry(_("Change log"), "history", "auditlog.logentry"),
                ],
            },
        ],
    },
}
