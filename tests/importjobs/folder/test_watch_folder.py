"""The command `manage.py watch_folder`, with a worker beside it."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from importjobs.background import leftovers
from importjobs.folder import importing
from importjobs.folder.on_disk import Folder
from importjobs.models import FolderFile, ImportJob
from targets.models import Target
from tests.importjobs.folder.folders import complete_files, files, watch, write
from tests.queries import wait_until_another_connection_is_blocked
from tests.workers import in_thread, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_files_are_imported_and_moved(path):
    write(path, "A-1", "A-2")
    (path / "more.ndjson").write_text('{"externalId": "B-1", "title": "Lieferung"}\n')
    output = watch(path)
    assert files(path) == ["done/more.ndjson", "done/orders.csv"]
    assert sorted(Target.objects.values_list("external_id", flat=True)) == ["A-1", "A-2", "B-1"]
    assert ": 2 of 2 rows accepted, 0 rejected." in output
    assert not FolderFile.objects.exists()


def test_hidden_and_unfinished_files_and_links_stay(path, tmp_path):
    for name in (".orders.csv", "orders.csv.part", "orders.TMP", "~$orders.xlsx"):
        write(path, "A-1", name=name)
    (path / "link.csv").symlink_to(write(tmp_path, "A-2"))
    watch(path)
    assert (ImportJob.objects.count(), files(path / "done")) == (0, [])


def test_a_file_is_complete_when_it_has_not_changed_between_two_looks(path):
    folder = Folder(path)
    write(path, "A-1")
    assert folder.complete_files() == []
    write(path, "A-1", "A-2")
    assert folder.complete_files() == []
    assert [found.path.name for found in folder.complete_files()] == ["orders.csv"]


def test_a_file_that_cannot_be_understood_goes_to_failed_with_the_reason(path):
    (path / "orders.csv").write_text("Name;Ort\r\nA;B\r\n")
    watch(path)
    assert files(path) == ["failed/orders.csv", "failed/orders.csv.reason.txt"]
    reason = (path / "failed/orders.csv.reason.txt").read_text()
    assert reason.startswith("No column holds the external id.")


def test_a_file_whose_later_rows_are_faulty_goes_to_failed_with_the_reason(path):
    (path / "orders.csv").write_text('Auftragsnr.;Titel\r\nA-1;Lieferung\r\nA-2;"Lieferung\r\n')
    watch(path)
    assert "The quotes in row 3 are unbalanced." in (path / "failed/orders.csv.reason.txt").read_text()
    assert not Target.objects.exists()


def test_rejected_rows_are_written_beside_the_file(path):
    (path / "orders.csv").write_text("Auftragsnr.;Titel\r\nA-1;Lieferung\r\nA-2;\r\n")
    watch(path)
    assert files(path) == ["done/orders.csv", "done/orders.rejected.csv"]
    assert "A-2;;Titel: The title is missing." in (path / "done/orders.rejected.csv").read_text()


def test_a_file_of_which_no_row_was_accepted_goes_to_failed(path):
    (path / "orders.csv").write_text("Auftragsnr.;Titel\r\nA-1;\r\n")
    watch(path)
    assert files(path) == ["failed/orders.csv", "failed/orders.csv.reason.txt", "failed/orders.rejected.csv"]


def test_a_name_that_is_taken_gets_a_number(path):
    for external_id in ("A-1", "A-2", "A-3"):
        write(path, external_id)
        watch(path)
    assert files(path) == ["done/orders (2).csv", "done/orders (3).csv", "done/orders.csv"]


def test_a_name_that_is_no_utf8_is_imported(path):
    (path / os.fsdecode(b"\xffrders.ndjson")).write_text('{"externalId": "B-1", "title": "Lieferung"}\n')
    watch(path)
    assert files(path) == [r"done/\xffrders.ndjson"]


def test_two_names_that_are_stored_alike_are_imported_once_each(path):
    for number, name in enumerate([b"\xff.ndjson", rb"\xff.ndjson"]):
        (path / os.fsdecode(name)).write_text(f'{{"externalId": "B-{number}", "title": "Lieferung"}}\n')
    watch(path)
    assert files(path) == [r"done/\xff (2).ndjson", r"done/\xff.ndjson"]
    assert ImportJob.objects.count() == 2


def test_a_character_that_is_not_shown_is_escaped_in_a_name(path):
    write(path, "A-1", name="a\n\x1b[31m\u202e.csv")
    output = watch(path)
    assert files(path) == [r"done/a\n\x1b[31m\u202e.csv"]
    assert r"a\n\x1b[31m\u202e.csv: found" in output


@pytest.mark.parametrize("content", ["Auftragsnr.;Titel\r\nA-1;Lieferung\r\nA-2;\r\n", "Name;Ort\r\nA;B\r\n"])
@pytest.mark.parametrize("name", ["a" * 251 + ".csv", "ä" * 125 + ".csv", "e." + "x" * 253])
def test_the_longest_names_are_moved_with_what_is_written_beside_them(path, name, content):
    for ending in ("", " again"):
        (path / name).write_text(content + ending)
        watch(path)
    assert len(files(path)) == 4
    assert [one for one in files(path) if "rejected" in one or "reason" in one]


def test_rejected_rows_replace_no_file_that_was_moved_before(path):
    write(path, "A-1", name="orders.rejected.csv")
    watch(path)
    (path / "orders.csv").write_text("Auftragsnr.;Titel\r\nA-2;Lieferung\r\nA-3;\r\n")
    watch(path)
    assert "A-1" in (path / "done/orders.rejected.csv").read_text()
    assert "A-3" in (path / "done/orders (2).rejected.csv").read_text()


def test_a_file_that_replaces_one_that_is_being_imported_is_imported_too(path, way):
    folder = Folder(path)
    write(path, "A-1", title="First")
    assert importing.submit(folder, complete_files(folder)[0], way)
    write(path, "A-1", "A-2", title="Second")
    watch(path)
    assert files(path) == ["done/orders (2).csv", "done/orders.csv"]
    assert "First" in (path / "done/orders.csv").read_text()
    assert list(Target.objects.values_list("title", flat=True)) == ["Second", "Second"]


def test_a_file_is_submitted_once_by_several_processes(path, way):
    folders = [Folder(path) for _ in range(4)]
    write(path, "A-1")
    found = complete_files(folders[0])[0]

    with ThreadPoolExecutor(4) as pool:
        results = [in_thread(pool, importing.submit, folder, found, way) for folder in folders]
        assert sorted(result.result() for result in results) == [False, False, False, True]
    work()
    assert ImportJob.objects.count() == 1


def test_a_file_that_is_moved_while_another_process_waits_to_submit_it_is_not_submitted_again(path, way):
    folder = Folder(path)
    write(path, "A-1")
    found = complete_files(folder)[0]
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            FolderFile.objects.create(folder=folder.id, name="orders.csv", version=found.version)
            waiting = in_thread(pool, importing.submit, folder, found, way)
            wait_until_another_connection_is_blocked()
            found.path.rename(path / "done/orders.csv")
            FolderFile.objects.all().delete()
        assert waiting.result() is False


def test_a_file_that_was_moved_away_is_not_submitted_again(path, way):
    folder = Folder(path)
    write(path, "A-1")
    found = complete_files(folder)[0]
    watch(path)
    assert not importing.submit(folder, found, way)


def test_a_watcher_goes_on_after_one_that_was_killed_before_the_move(path, way):
    folder = Folder(path)
    write(path, "A-1")
    importing.submit(folder, complete_files(folder)[0], way)
    watch(path)
    assert (files(path), ImportJob.objects.count()) == (["done/orders.csv"], 1)


def test_a_watcher_goes_on_after_one_that_was_killed_after_the_move(path, way):
    folder = Folder(path)
    write(path, "A-1")
    importing.submit(folder, complete_files(folder)[0], way)
    FolderFile.objects.update(destination="done/orders.csv")
    (path / "orders.csv").rename(path / "done/orders.csv")
    write(path, "A-2")
    watch(path)
    assert (files(path), ImportJob.objects.count()) == (["done/orders (2).csv", "done/orders.csv"], 2)
    assert "A-1" in (path / "done/orders.csv").read_text()


def test_old_files_are_kept_until_they_are_moved(path, way):
    folder = Folder(path)
    write(path, "A-1")
    importing.submit(folder, complete_files(folder)[0], way)
    work()
    leftovers.delete(before=timezone.now() + timedelta(days=1))
    assert FolderFile.objects.get().file_import.job.created_items == 1


def test_a_disk_that_refuses_is_reported_and_the_file_moved_when_it_accepts(path, way):
    folder = Folder(path)
    write(path, "A-1")
    importing.submit(folder, complete_files(folder)[0], way)
    work()
    (path / "done").rmdir()
    with pytest.raises(OSError, match="done"):
        importing.move(folder, importing.ended(folder)[0])
    assert files(path) == ["orders.csv"]
    watch(path)
    assert files(path) == ["done/orders.csv"]


def test_a_folder_that_does_not_exist_is_refused(path):
    with pytest.raises(CommandError, match="cannot be used"):
        call_command("watch_folder", str(path / "missing"), "--source-system", "logistics_erp")
