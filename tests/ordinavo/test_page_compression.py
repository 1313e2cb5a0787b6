"""HTML pages are compressed; files and the answers of the API are not."""

import gzip

from tests.factories import ImportJobFactory, TargetTemplateFactory


def test_a_page_is_compressed(staff, erp):
    for _number in range(60):
        ImportJobFactory(source_system=erp)
    plain = staff.get("/admin/importjobs/importjob/").content
    answer = staff.get("/admin/importjobs/importjob/", headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content)[:15] == plain[:15]
    assert len(answer.content) < len(plain) / 8


def test_the_answer_of_the_api_is_not_compressed(api):
    answer = api.get("/targets", **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer


def test_a_browser_without_gzip_gets_a_plain_page(staff):
    assert "Content-Encoding" not in staff.get("/admin/", headers={"accept-encoding": "identity"})


def test_a_template_with_500_custom_fields_is_saved(staff):
    template = TargetTemplateFactory(key="visit")
    data = {"name": "Visit", "active": "on", "defaults": "{}"}
    data |= {"fields-TOTAL_FORMS": "500", "fields-INITIAL_FORMS": "0"}
    for number in range(500):
        row = {"key": f"k{number}", "label": f"Field {number}", "type": "text", "choices": "", "unit": "", "help": ""}
        row |= {"active": "on", "position": str(number), "id": "", "template": str(template.pk)}
        data |= {f"fields-{number}-{name}": value for name, value in row.items()}
    answer = staff.post(f"/admin/templates/targettemplate/{template.pk}/change/", data)
    assert answer.status_code == 302
    assert template.fields.count() == 500
