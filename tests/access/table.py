"""Who may do what: a row for each route of the API, each page of the admin and each bulk action. The one place for it.

The tests of this folder compare the rows with the URL conf and the model admins, and try all of them.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.core.files.uploadedfile import SimpleUploadedFile

from ordinavo.common.scopes import Scope

# The API --------------------------------------------------------------------------------------

ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
"""The methods that are tried on every route of the API. A row names those that work; all others are a 405."""

WRITES, ONE, LIST = "writes", "one", "list"
"""How the source systems of a token limit a route: it imports for one, reads an object of one, or lists objects."""


class Endpoint(NamedTuple):
    """A route of the API."""

    scope: Scope | None
    """The scope that a token needs, or None if the route is public."""
    methods: Mapping[str, int | tuple[int, str]]
    """Each method that works, with the status of its answer to a token that has the scope, or status and error code."""
    limited: str | None = None
    """WRITES, ONE or LIST, or None if source systems do not limit the route."""
    body: Mapping[str, Any] = {}
    """What is posted, without `sourceSystem`."""
    versioned: bool = True
    """Whether the route answers below the versioned base URL, too."""
    scope_of_method: Mapping[str, Scope] = {}
    """The methods that need another scope, with it."""


_READ = {"GET": 200, "HEAD": 200}
_SINGLE = {"externalId": "NEW-1", "title": "Delivery"}

API = {
    "inbound/targets": Endpoint(Scope.TARGETS_WRITE, {"POST": 201}, WRITES, _SINGLE),
    "inbound/targets/batch": Endpoint(Scope.BATCH_WRITE, {"POST": 200}, WRITES, {"targets": [_SINGLE]}),
    "import-jobs": Endpoint(Scope.IMPORT_JOBS_READ, _READ, LIST),
    "import-jobs/<int:pk>": Endpoint(
        Scope.IMPORT_JOBS_READ,
        _READ | {"DELETE": (409, "import_job_ended")},
        ONE,
        scope_of_method={"DELETE": Scope.BATCH_WRITE},
    ),
    "import-jobs/<int:pk>/items": Endpoint(Scope.IMPORT_JOBS_READ, _READ, ONE),
    "targets": Endpoint(Scope.TARGETS_READ, _READ, LIST),
    "targets/<int:pk>": Endpoint(Scope.TARGETS_READ, _READ, ONE),
    "changes": Endpoint(Scope.TARGETS_READ, _READ, LIST),
    "templates": Endpoint(Scope.TEMPLATES_READ, _READ),
    "templates/<key:key>": Endpoint(Scope.TEMPLATES_READ, _READ),
    "integration/health": Endpoint(Scope.HEALTH_READ, _READ),
    "metrics": Endpoint(Scope.METRICS_READ, _READ, versioned=False),
    "openapi.json": Endpoint(None, _READ),
    "openapi-3.0.json": Endpoint(None, _READ),
    "docs": Endpoint(None, _READ),
}

SOURCE_SYSTEMS = {
    "own": {WRITES: None, ONE: 200},
    "inactive": {WRITES: (403, "source_system_not_allowed"), ONE: 200},
    "paused": {WRITES: (403, "source_system_paused"), ONE: 200},
    "foreign": {WRITES: (403, "source_system_not_allowed"), ONE: 404},
    "unknown": {WRITES: (403, "source_system_not_allowed"), ONE: 404},
}
"""What a token with the scope is answered for each kind of source system. None is the status of the row above.

The token serves the first three. Lists have the objects of those that read 200 here, and no others.
"""

# Pages for staff ------------------------------------------------------------------------------

ANONYMOUS, NOT_STAFF, NO_ROLE = "anonymous", "not staff", "staff without a role"
VIEWER, DISPATCHER, INTEGRATION_ADMIN, SUPERUSER = "Viewer", "Dispatcher", "Integration admin", "superuser"

NOBODY: frozenset[str] = frozenset()
SUPERUSERS = frozenset({SUPERUSER})
INTEGRATION = frozenset({INTEGRATION_ADMIN, SUPERUSER})
DISPATCH = frozenset({DISPATCHER, SUPERUSER})
REPLAY = DISPATCH | INTEGRATION
READERS = frozenset({VIEWER, DISPATCHER, INTEGRATION_ADMIN, SUPERUSER})
STAFF = frozenset({NO_ROLE, *READERS})
OUTSIDERS = frozenset({ANONYMOUS, NOT_STAFF})
EVERYBODY = STAFF | OUTSIDERS

Data = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Makes the form data to post from the ids of the objects, which `objects` in test_pages.py creates."""


class Access(NamedTuple):
    """Who may send a request to a page, and what the answer is."""

    who: frozenset[str]
    """The roles that are allowed to."""
    answer: int = 200
    """The status for those who are allowed to."""
    data: Data | None = None
    """What is posted. If it is given, the post must change what is stored for those who are allowed to."""
    otherwise: int = 403
    """The status for other staff."""
    outsiders: int | str = "login"
    """The status for OUTSIDERS who are not allowed to, or "login" if they are sent to the login."""


class Page(NamedTuple):
    """A page: who may open it, and who may post to it."""

    get: Access
    post: Access
    object: str = ""
    """The name of the object that the route is about. By default, that of its model, such as "targets.target"."""


def _form(**data: Any) -> Data:
    return lambda ids: data


def _ask(who: frozenset[str], data: Data | None = None, answer: int = 302, object: str = "") -> Page:
    """Return a page that asks for confirmation, and does it when it is posted."""
    return Page(Access(who), Access(who, answer if data else 200, data), object)


def _list_settings(model: str, view: frozenset[str]) -> dict[str, Page]:
    """Return the pages on which users choose the columns of a list and save its filters."""
    columns = Access(view, 302, _form(rows_on_page="50"))
    return {
        f"admin/{model}/list/columns/": Page(Access(view), columns),
        f"admin/{model}/list/filters/": Page(Access(view), Access(view, 302, _form(name="My filter"))),
    }


def _model(
    model: str,
    *,
    view: frozenset[str],
    add: Access | None = None,
    change: Access | None = None,
    delete: frozenset[str] = NOBODY,
    replaced: str = "<path:object_id>",
) -> dict[str, Page]:
    """Return the pages that Django gives each model."""
    add, change = add or Access(NOBODY), change or Access(NOBODY)
    one = f"admin/{model}/{replaced}"
    return {
        f"admin/{model}/": Page(Access(view), Access(view)),
        **_list_settings(model, view),
        f"admin/{model}/add/": Page(Access(add.who), add),
        f"{one}/change/": Page(Access(view), change),
        f"{one}/history/": Page(Access(view), Access(view)),
        f"{one}/delete/": _ask(delete, _form(post="yes") if delete else None),
        f"{one}/": Page(Access(STAFF, 302), Access(STAFF, 302)),  # to the page of the object
    }


PASSWORD = "a-long-password-of-a-test"  # noqa: S105
_ANY = Page(Access(STAFF), Access(STAFF))
_NOTHING = Page(Access(NOBODY, otherwise=404), Access(NOBODY, otherwise=404))
_READ_ONLY = Page(Access(READERS), Access(READERS))
_EXPORT = Page(Access(READERS), Access(READERS, 302, _form(format="0", resource="0")))
_OWN = Access(SUPERUSERS, otherwise=404)  # the exports of the tests are those of the superuser
_OWN_405 = _OWN._replace(answer=405)
_OWN_BUTTON = _OWN._replace(answer=302, data=_form())
_APP = Page(Access(READERS, otherwise=404), Access(READERS, otherwise=404))
_TO_INDEX = Page(Access(EVERYBODY, 302), Access(EVERYBODY, 302))
_OPENED = '{"status": "Active", "title": "Delivery to somebody"}'  # of the target that TargetFactory makes
_TO_OTHER_STEP = Page(Access(STAFF, 302), Access(STAFF, 302))  # such as the confirmation by the password
_WITHOUT_FACTOR = Page(Access(STAFF, 404), Access(STAFF, 404))  # there is nothing to turn off
_CHECKED = Page(Access(DISPATCH), Access(DISPATCH), "checked file")
_IMPORTERS_405 = Access(DISPATCH, 405)
_NO_ROWS = {"fields-TOTAL_FORMS": "0", "fields-INITIAL_FORMS": "0"}


def _file(**data: Any) -> Mapping[str, Any]:
    content = SimpleUploadedFile("orders.csv", b"Auftragsnr;Titel\nA1;Lieferung\n")
    return {"file": content, "operation": "upsert", "template": ""} | data


def _token(**data: Any) -> Data:
    rights = {"scopes": [Scope.TARGETS_READ.value], "rate_limit": "1", "name": "Shop"}
    return lambda ids: rights | {"source_systems": [ids["targets.sourcesystem"]]} | data


PAGES = {
    "": _TO_INDEX,
    "admin/": _ANY,
    "admin/search/": _ANY,
    "admin/login/": Page(Access(OUTSIDERS, 200, otherwise=302), Access(EVERYBODY)),
    "admin/language/": Page(Access(EVERYBODY, 405), Access(EVERYBODY, 302)),
    "admin/logout/": Page(Access(STAFF, 405, outsiders=302), Access(STAFF, outsiders=302)),
    "admin/password_change/": Page(
        Access(STAFF),
        Access(STAFF, 302, _form(old_password=PASSWORD, new_password1="x" + PASSWORD, new_password2="x" + PASSWORD)),
    ),
    "admin/password_change/done/": Page(Access(STAFF), Access(STAFF, 405)),
    "admin/second-factor/": Page(Access(STAFF), Access(STAFF, 405)),
    "admin/second-factor/code/": Page(Access({*STAFF, NOT_STAFF}, 302), Access({*STAFF, NOT_STAFF}, 302)),
    "admin/second-factor/set-up/": _TO_OTHER_STEP,
    "admin/second-factor/turn-off/": _WITHOUT_FACTOR,
    "admin/second-factor/recovery-codes/": Page(Access(STAFF, 404), Access(STAFF, 405)),
    "admin/second-factor/recovery-codes/new/": _TO_OTHER_STEP,
    "admin/second-factor/confirm/password/": _ANY,
    "admin/second-factor/confirm/code/": _TO_OTHER_STEP,
    "admin/autocomplete/": Page(Access(NOBODY), Access(NOBODY, otherwise=405)),
    "admin/jsi18n/": Page(Access(STAFF), Access(STAFF, 405)),
    "admin/r/<path:content_type_id>/<path:object_id>/": _NOTHING,
    "admin/(?P<url>.*)$": _NOTHING,
    "admin/auth/": Page(Access(SUPERUSERS, otherwise=404), Access(SUPERUSERS, otherwise=404)),
    "admin/inbound/": Page(Access(INTEGRATION, otherwise=404), Access(INTEGRATION, otherwise=404)),
    "admin/targets/": _APP,
    "admin/importjobs/": _APP,
    "admin/templates/": _APP,
    "admin/exports/": _APP,
    "admin/exports/export/": _READ_ONLY,
    **_list_settings("exports/export", READERS),
    "admin/exports/export/<int:id>/": Page(_OWN, _OWN),
    "admin/exports/export/<int:id>/progress/": Page(_OWN, _OWN),
    "admin/exports/export/<int:id>/download/": Page(_OWN, _OWN_405),
    "admin/exports/export/<int:id>/abort/": Page(_OWN_405, _OWN_BUTTON, "running export"),
    "admin/exports/export/<int:id>/delete/": Page(_OWN_405, _OWN_BUTTON),
    **_model(
        "auth/user",
        view=SUPERUSERS,
        add=Access(
            SUPERUSERS,
            302,
            _form(username="new", password1=PASSWORD, password2=PASSWORD, usable_password="true"),
        ),
        change=Access(SUPERUSERS, 302, _form(username="renamed", date_joined_0="2026-01-01", date_joined_1="00:00:00")),
        delete=SUPERUSERS,
    ),
    "admin/auth/user/<id>/password/": _ask(
        SUPERUSERS, _form(password1=PASSWORD, password2=PASSWORD, usable_password="true")
    ),
    "admin/auth/user/<path:object_id>/reset-factor/": Page(Access(SUPERUSERS), Access(SUPERUSERS, 302)),
    **_model(
        "auth/group",
        view=SUPERUSERS,
        add=Access(SUPERUSERS, 302, _form(name="New role")),
        change=Access(SUPERUSERS, 302, _form(name="Renamed")),
        delete=SUPERUSERS,
    ),
    **_model("auditlog/logentry", view=INTEGRATION),
    "admin/auditlog/": Page(Access(INTEGRATION, otherwise=404), Access(INTEGRATION, otherwise=404)),
    **_model(
        "inbound/apitoken",
        view=INTEGRATION,
        add=Access(INTEGRATION, 200, _token(valid_for="30")),
        change=Access(INTEGRATION, 302, _token()),
    ),
    "admin/inbound/apitoken/<path:object_id>/rotate/": _ask(INTEGRATION, _form(days="7"), 200),
    "admin/inbound/apitoken/<path:object_id>/revoke/": _ask(INTEGRATION, _form()),
    **_model(
        "targets/sourcesystem",
        view=READERS,
        add=Access(INTEGRATION, 302, _form(key="shop", name="Shop", time_zone="Europe/Berlin", active="on")),
        change=Access(INTEGRATION, 302, _form(name="Renamed", time_zone="Europe/Berlin", active="on")),
        delete=SUPERUSERS,
    ),
    "admin/targets/sourcesystem/<path:object_id>/pause/": _ask(INTEGRATION, _form(reason="Moves")),
    "admin/targets/sourcesystem/<path:object_id>/revoke-tokens/": _ask(
        INTEGRATION, lambda ids: {"token": ids["inbound.apitoken"]}, object="source system with a token"
    ),
    "admin/targets/sourcesystem/<path:object_id>/resume/": _ask(INTEGRATION, _form(), object="paused source system"),
    **_model(
        "targets/target",
        view=READERS,
        change=Access(DISPATCH, 302, _form(title="Corrected", fixed_time="unknown", opened_values=_OPENED)),
    ),
    "admin/targets/target/export/": _EXPORT,
    "admin/targets/target/day/": _READ_ONLY,
    "admin/targets/target/<path:object_id>/cancel/": _ask(DISPATCH, _form(reason="Not needed")),
    "admin/targets/target/<path:object_id>/reopen/": _ask(DISPATCH, _form(reason="Needed"), object="cancelled target"),
    **_model("targets/bulkchange", view=READERS),
    "admin/targets/bulkchange/<int:pk>/prepare/": _ask(
        DISPATCH, _form(reason="Storm", _apply=""), object="prepared bulk change"
    ),
    "admin/targets/bulkchange/<int:pk>/undo/": _ask(DISPATCH, _form(reason="No storm")),
    "admin/targets/bulkchange/<int:pk>/repeat/": Page(Access(DISPATCH, 405), Access(DISPATCH, 302, _form())),
    **_model("importjobs/importjob", view=READERS),
    "admin/importjobs/importjob/export/": _EXPORT,
    "admin/importjobs/importjob/<path:object_id>/replay/": _ask(REPLAY),
    "admin/importjobs/importjob/<path:object_id>/abort/": _ask(DISPATCH, _form(), object="waiting import job"),
    "admin/importjobs/importjob/<path:object_id>/resume/": _ask(
        DISPATCH, _form(), object="import job that was given up"
    ),
    "admin/importjobs/importjob/<int:pk>/progress/": _READ_ONLY,
    "admin/importjobs/importjob/<int:pk>/rejected-rows/": Page(Access(READERS), Access(READERS), "imported file's job"),
    "admin/importjobs/importjob/upload/": Page(
        Access(DISPATCH), Access(DISPATCH, 302, lambda ids: _file(source_system=ids["targets.sourcesystem"]))
    ),
    "admin/importjobs/importjob/upload/<int:pk>/": _CHECKED,
    "admin/importjobs/importjob/upload/<int:pk>/columns/": Page(
        Access(DISPATCH), Access(DISPATCH, 302, _form(numbers="german", column_0="externalId")), "checked file"
    ),
    "admin/importjobs/importjob/upload/<int:pk>/progress/": _CHECKED,
    "admin/importjobs/importjob/upload/<int:pk>/rejected-rows/": _CHECKED,
    "admin/importjobs/importjob/upload/<int:pk>/import/": Page(
        _IMPORTERS_405, Access(DISPATCH, 302, lambda ids: {"rehearsal": ids["rehearsal"]}), "checked file"
    ),
    "admin/importjobs/importjob/upload/<int:pk>/try-again/": Page(
        _IMPORTERS_405, Access(DISPATCH, 302, _form()), "checked file"
    ),
    "admin/importjobs/importjob/upload/<int:pk>/discard/": _ask(DISPATCH, _form(), object="checked file"),
    **_model("importjobs/importitem", view=READERS),
    "admin/importjobs/importitem/export/": _EXPORT,
    "admin/importjobs/importitem/causes/": _READ_ONLY,
    "admin/importjobs/importitem/causes/<str:key>/": Page(
        Access(READERS), Access(REPLAY, 302, _form(_dismiss="", note="Not needed")), "open cause"
    ),
    "admin/importjobs/importitem/choice-requests/<int:pk>/": _ask(
        INTEGRATION, _form(_decline="", reason="Not used"), object="choice request"
    ),
    "admin/importjobs/importitem/replay-many/": Page(
        Access(REPLAY, 302), Access(REPLAY, 302, lambda ids: {"items": ids["importjobs.importitem"]})
    ),
    "admin/importjobs/importitem/<path:object_id>/replay/": _ask(
        REPLAY, _form(payload='{"externalId": "DEL-7", "title": "Delivery"}', _replay="")
    ),
    "admin/importjobs/importitem/<path:object_id>/dismiss/": _ask(REPLAY, _form(note="Not needed")),
    **_model(
        "templates/targettemplate",
        view=READERS,
        add=Access(INTEGRATION, 302, _form(key="pickup", name="Pick-up", defaults="{}", **_NO_ROWS)),
        change=Access(INTEGRATION, 302, _form(name="Renamed", defaults="{}", **_NO_ROWS)),
        delete=SUPERUSERS,
    ),
    "admin/templates/targettemplate/<path:object_id>/payload/": _READ_ONLY,
}

# Bulk actions ---------------------------------------------------------------------------------


class Action(NamedTuple):
    """A bulk action of a model's list: who may use it, and what confirms it."""

    who: frozenset[str]
    confirmed: Mapping[str, str] = {}
    """What is posted after the page that asks for confirmation. It must change what is stored."""
    asks: bool = True
    """Whether the first post returns a page that asks for confirmation."""
    prepares: bool = False
    """Whether the first post stores the choice and redirects to the page that asks for confirmation."""


_NO_ACTION = Action(NOBODY)
_DELETE = Action(SUPERUSERS, {"post": "yes"})
_BULK_CHANGE = Action(DISPATCH, prepares=True)

ACTIONS = {
    ("auth.user", "delete_selected"): _DELETE,
    ("auth.group", "delete_selected"): _DELETE,
    ("auditlog.logentry", "delete_selected"): _NO_ACTION,
    ("inbound.apitoken", "delete_selected"): _NO_ACTION,
    ("inbound.apitoken", "revoke_selected"): Action(INTEGRATION, {"confirmed": "yes"}),
    ("targets.sourcesystem", "delete_selected"): _DELETE,
    ("targets.target", "delete_selected"): _NO_ACTION,
    ("targets.target", "cancel_selected"): _BULK_CHANGE,
    ("targets.target", "reopen_selected"): _BULK_CHANGE,
    ("targets.target", "move_selected"): _BULK_CHANGE,
    ("targets.target", "prioritise_selected"): _BULK_CHANGE,
    ("targets.target", "follow_selected"): _BULK_CHANGE,
    ("targets.bulkchange", "delete_selected"): _NO_ACTION,
    ("importjobs.importjob", "delete_selected"): _NO_ACTION,
    ("importjobs.importitem", "delete_selected"): _NO_ACTION,
    ("importjobs.importitem", "replay_selected"): Action(REPLAY),
    ("importjobs.importitem", "dismiss_selected"): Action(REPLAY, {"note": "Not needed"}),
    ("templates.targettemplate", "delete_selected"): _DELETE,
    ("exports.export", "delete_selected"): _NO_ACTION,
}
