"""Where `manage.py watch_folder` moves files, and that it replaces no other file."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from importjobs.files import imports
from importjobs.folder import importing
from importjobs.folder.on_disk import Folder
from importjobs.models import FileImport, FolderFile, ImportJob
from targets.models import Target
from tests.importjobs.files.file_builders import workbook
from tests.importjobs.folder.folders import files, move, submit, watch, write
from tests.queries import wait_until_another_connection_is_blocked
from tests.workers import in_thread, work

pytestmark = pytest.mark.django_db(transaction=True)
FAULTY = "Auftragsnr.;Titel\r\nA-1;Lieferung\r\nA-2;\r\n"


def test_a_german_workbook_is_imported_and_its_rejected_rows_are_a_workbook(path):
    (path / "Aufträge.xlsx").write_bytes(workbook(["Auftragsnr.", "Titel"], ["A-1", "Lieferung"], ["A-2", None]))
    watch(path)
    assert files(path) == ["done/Aufträge.rejected.xlsx", "done/Aufträge.xlsx"]
    assert Target.objects.get().title == "Lieferung"


def test_two_files_are_not_moved_to_one_name(path, way):
    folder = Folder(path)
    write(path / "done", "A-0")
    write(path, "A-1", name="orders (2).csv")
    write(path, "A-2")
    submit(folder, way)
    work()
    killed, other = importing.ended(folder)
    FolderFile.objects.filter(pk=killed.pk).update(destination="done/orders (2).csv")
    importing.move(folder, other)
    watch(path)
    assert files(path) == ["done/orders (2).csv", "done/orders (3).csv", "done/orders.csv"]
    assert "A-1" in (path / "done/orders (2).csv").read_text()


def wait_for_a_name(moving):
    """Wait until a move in another thread has ended, or waits for the names of the folder."""
    sql = (
        "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database "
        "WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted)"
    )
    with connection.cursor() as cursor:
        while not moving.done():
            cursor.execute(sql)
            if cursor.fetchone()[0]:
                return


def test_two_processes_do_not_choose_one_name_at_the_same_time(path, way):
    folder = Folder(path)
    write(path / "done", "A-0")
    for name, external_id in (("orders (2).csv", "A-1"), ("orders.csv", "A-2")):
        (path / name).write_text(f"Auftragsnr.;Titel\r\nB-1;Lieferung\r\n{external_id};\r\n")
    submit(folder, way)
    work()
    first, second = importing.ended(folder)
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            FolderFile.objects.select_for_update().get(pk=first.pk)
            moving = [in_thread(pool, importing.move, folder, first)]
            wait_until_another_connection_is_blocked()
            moving.append(in_thread(pool, importing.move, Folder(path), second))
            wait_for_a_name(moving[1])
        assert [move.result().destination for move in moving] == ["done/orders (2).csv", "done/orders (3).csv"]
    for number in (2, 3):
        assert f"A-{number - 1};;" in (path / f"done/orders ({number}).rejected.csv").read_text()


def test_a_file_that_was_moved_is_not_copied_although_a_failover_has_lost_where(path, way):
    folder = Folder(path)
    write(path, "A-1")
    submit(folder, way)
    (path / "orders.csv").rename(path / "done/orders.csv")
    watch(path)
    assert (files(path), FolderFile.objects.count()) == (["done/orders.csv"], 0)


def test_a_file_that_was_put_at_the_planned_name_meanwhile_stays(path, way):
    folder = Folder(path)
    write(path, "A-1")
    submit(folder, way)
    FolderFile.objects.update(destination="done/orders.csv")
    write(path / "done", "B-1")
    assert move(folder) == [None]
    watch(path)
    assert files(path) == ["done/orders (2).csv", "done/orders.csv"]
    assert "B-1" in (path / "done/orders.csv").read_text()


def test_a_file_whose_import_was_discarded_goes_to_failed(path, way):
    folder = Folder(path)
    write(path, "A-1")
    submit(folder, way)
    imports.discard(FileImport.objects.get())
    watch(path)
    assert files(path) == ["failed/orders.csv", "failed/orders.csv.reason.txt"]
    assert (path / "failed/orders.csv.reason.txt").read_text().startswith("Its import was discarded")


def test_a_file_whose_import_job_was_deleted_goes_to_done(path, way):
    folder = Folder(path)
    write(path, "A-1")
    submit(folder, way)
    work()
    ImportJob.objects.all().delete()
    watch(path)
    assert (files(path), ImportJob.objects.count()) == (["done/orders.csv"], 0)


def test_nothing_is_moved_while_another_folder_is_at_the_path(path, way):
    folder = Folder(path)
    write(path, "A-1")
    submit(folder, way)
    path.rename(path.with_name("away"))
    path.mkdir()
    with pytest.raises(OSError, match="No such file"):
        folder.require_same()
    Folder(path)
    with pytest.raises(OSError, match="Another folder"):
        folder.require_same()


def test_a_folder_that_comes_back_is_watched_on(path, way):
    folder = Folder(path)
    write(path, "A-1")
    submit(folder, way)
    path.rename(path.with_name("away"))
    path.with_name("away").rename(path)
    watch(path)
    assert (files(path), ImportJob.objects.count()) == (["done/orders.csv"], 1)


def test_a_subfolder_on_another_file_system_is_refused(path, tmp_path):
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("There is no other file system.")
    (path / "done").symlink_to(other)
    with pytest.raises(CommandError, match="done/ lies on another file system"):
        call_command("watch_folder", str(path), "--source-system", "logistics_erp")


def test_a_file_that_grows_while_it_is_imported_is_imported_again_with_its_new_rows(path, way):
    folder = Folder(path)
    write(path, "A-1")
    submit(folder, way)
    with (path / "orders.csv").open("a") as growing:
        growing.write("A-2;Lieferung\r\n")
    assert [moved.destination for moved in move(folder)] == ["done/orders.csv"]
    watch(path)
    assert files(path) == ["done/orders (2).csv", "done/orders.csv"]
    assert sorted(Target.objects.values_list("external_id", flat=True)) == ["A-1", "A-2"]
