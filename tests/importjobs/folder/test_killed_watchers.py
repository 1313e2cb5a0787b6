"""Kill `manage.py watch_folder` at each step that matters: each file is imported once, and moved."""

import pytest
from django.db import connection, transaction

from importjobs.folder.on_disk import Folder
from importjobs.models import FileImport, FolderFile, ImportItem, ImportJob
from tests.importjobs.folder.folders import files, submit, watch, watcher, write
from tests.queries import wait_until_another_connection_is_blocked
from tests.workers import work, working

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
FAULTY = "Auftragsnr.;Titel\r\nA-1;Lieferung\r\nA-2;\r\n"
MOVED = ["done/orders.csv", "done/orders.rejected.csv"]


@pytest.fixture
def imported(path, way):
    """Return a watched folder with a file that was imported, but not moved away."""
    folder = Folder(path)
    (path / "orders.csv").write_text(FAULTY)
    submit(folder, way)
    work()
    return folder


def kill_watcher_at(path, statement):
    """Run a watcher until it waits for the lock that a statement takes, and kill it there."""
    with watcher(path) as process, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)
        wait_until_another_connection_is_blocked()
        process.kill()
        process.wait()
        assert process.returncode == -9


def assert_is_imported_once(path):
    watch(path)
    assert files(path) == MOVED
    assert (ImportJob.objects.count(), ImportItem.objects.count(), FolderFile.objects.count()) == (1, 2, 0)


def test_a_watcher_that_is_killed_while_it_stores_a_file_leaves_nothing(path):
    (path / "orders.csv").write_text(FAULTY)
    kill_watcher_at(path, "LOCK TABLE procrastinate_jobs IN SHARE MODE")
    assert (files(path), FileImport.objects.count(), FolderFile.objects.count()) == (["orders.csv"], 0, 0)
    assert_is_imported_once(path)


def test_a_watcher_that_is_killed_before_it_has_decided_on_the_destination(path, imported):
    kill_watcher_at(path, "LOCK TABLE importjobs_folderfile IN SHARE MODE")
    assert (files(path), FolderFile.objects.get().destination) == (["orders.csv"], "")
    assert_is_imported_once(path)


def test_a_watcher_that_is_killed_after_it_wrote_the_rejected_rows(path, imported):
    FolderFile.objects.update(destination="done/orders.csv")
    kill_watcher_at(path, "SELECT FROM importjobs_folderfile FOR UPDATE")
    assert files(path) == ["done/orders.rejected.csv", "orders.csv"]
    assert_is_imported_once(path)


def test_a_watcher_that_is_killed_between_the_move_and_its_commit(path, imported):
    FolderFile.objects.update(destination="done/orders.csv")
    kill_watcher_at(path, "LOCK TABLE importjobs_folderfile IN SHARE MODE")
    assert (files(path), FolderFile.objects.count()) == (MOVED, 1)
    assert_is_imported_once(path)


def test_a_file_of_the_same_name_is_imported_after_a_kill_between_the_move_and_its_commit(path, imported):
    FolderFile.objects.update(destination="done/orders.csv")
    kill_watcher_at(path, "LOCK TABLE importjobs_folderfile IN SHARE MODE")
    write(path, "A-3")
    watch(path)
    assert files(path) == ["done/orders (2).csv", *MOVED]
    assert (ImportJob.objects.count(), ImportItem.objects.count()) == (2, 3)


def test_each_row_is_imported_once_whatever_watcher_is_killed(path):
    for number in range(12):
        write(path, f"{number}-1", f"{number}-2", name=f"orders-{number}.csv")
    kills = 0
    with working():
        while len(files(path / "done")) < 12:
            with watcher(path) as process:
                for lines, _line in enumerate(process.stdout):  # the first ones: between submitting and moving
                    if lines == kills % 3 or len(files(path / "done")) == 12:
                        break
            kills += 1
    watch(path)
    assert kills > 3
    assert files(path) == sorted(f"done/orders-{number}.csv" for number in range(12))
    assert (ImportJob.objects.count(), ImportItem.objects.count(), FolderFile.objects.count()) == (12, 24, 0)


def test_two_watchers_of_one_folder_import_each_file_once(path):
    with working(), watcher(path), watcher(path):
        for number in range(12):
            write(path, f"{number}-1", name=f"orders-{number}.csv")
        while len(files(path / "done")) < 12:
            pass
    assert (ImportJob.objects.count(), FileImport.objects.count()) == (12, 12)
