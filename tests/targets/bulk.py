"""Change many targets by the pages of the admin, as staff do."""

import html

from targets.models import Target

LIST = "/admin/targets/target/"


def choose(staff, action, targets, query="", across=False):
    """Choose targets and an action in the list with these filters. Return the path of the page with the preview."""
    chosen = [target.pk for target in targets]
    data = {"action": action, "_selected_action": chosen, "select_across": "1" if across else "0"}
    return staff.post(f"{LIST}?{query}" if query else LIST, data)["Location"]


def preview_of(staff, path):
    """Return the text of a page with a preview."""
    return html.unescape(staff.get(path).content.decode())


def apply(staff, path, reason="Storm", **parameters):
    """Ask for the preview of these parameters, if there are any, and apply it. Return the answer."""
    if parameters:
        staff.post(path, {"_preview": "", **parameters})
    return staff.post(path, {"_apply": "", "reason": reason, **parameters})


def many_targets(source_system, number, city="Dortmund"):
    """Store so many active targets in a city, and return them."""
    start = Target.objects.count()
    return Target.objects.bulk_create(
        Target(source_system=source_system, external_id=f"M-{start + n}", title="Delivery", city=city)
        for n in range(number)
    )


def message_of(staff, answer):
    """Return the text of the page to which an answer redirects."""
    return html.unescape(staff.get(answer["Location"]).content.decode())
