"""Read the forms of the admin's pages as a browser does."""


def unchanged_form_data(client, url):
    """Return the data that a browser sends if the user submits the form at `url` without a change."""
    return shown_form_data(client.get(url))


def shown_form_data(response):
    """Return the data that a browser sends if the user submits the form of a page that was shown without a change."""
    posted = {}
    for bound in response.context["adminform"].form:
        widget = getattr(bound.field.widget, "widget", bound.field.widget)
        context = widget.get_context(bound.html_name, bound.value(), {})["widget"]
        for part in context.get("subwidgets", [context]):
            if part.get("type") != "checkbox":
                value = part["value"][0] if isinstance(part["value"], list) else part["value"]
                posted[part["name"]] = "" if value is None else value.replace("\n", "\r\n")
            elif part["attrs"].get("checked"):
                posted[part["name"]] = "on"
    return posted
