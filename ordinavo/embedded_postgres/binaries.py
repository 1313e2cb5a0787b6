"""The account that the server runs under, and programs which that account can execute."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ordinavo.embedded_postgres.folders import Refused


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    def options(self) -> dict[str, Any]:
        """Arguments of subprocess for a process of this account."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account(data: Path) -> Account:
    """This user, or for root, whom PostgreSQL refuses, an account that exists: the one that has the data already."""
    if os.geteuid() != 0:
        _require_name(os.geteuid())
        return Account(os.geteuid(), os.getegid())
    with suppress(FileNotFoundError):
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise Refused(
        "PostgreSQL does not run as root, and there is no account 'postgres' or 'nobody' to run it as. "
        "Work as an ordinary user, or set DATABASE_URL."
    )


def _require_name(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError as error:
        raise Refused(f"PostgreSQL needs a name for the user id {uid}; add one to /etc/passwd") from error


def usable_installation(installation: Path, folder: Path, account: Account) -> Path:
    """The installation itself, or a copy in the folder if the account cannot reach it (a checkout below /root)."""
    if _can_execute(installation, account):
        return installation
    copy = _copy(installation, folder)
    if not _can_execute(copy, account):
        raise Refused(f"The account {account.uid} cannot execute {copy}/bin/postgres. Set DATABASE_URL.")
    return copy


def _can_execute(installation: Path, account: Account) -> bool:
    program = installation / "bin" / "postgres"
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True, cwd="/", env={}, **account.options())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _copy(installation: Path, folder: Path) -> Path:
    package = installation.parent
    original = (installation / "bin" / "postgres").stat()
    copy = folder / f"binaries-{original.st_size}-{original.st_mtime_ns}"
    if not copy.exists():
        for outdated in folder.glob("binaries-*"):
            shutil.rmtree(outdated)
        new = Path(tempfile.mkdtemp(prefix="binaries-new-", dir=folder))
        # The programs look for their libraries beside the package (Linux) or in it (macOS).
        for part in (installation, package / ".dylibs", package.with_name(f"{package.name}.libs")):
            if part.exists():
                target = new / part.relative_to(package.parent)
                shutil.copytree(part, target, ignore=shutil.ignore_patterns("include", "*.a"))
        _let_all_read(new)
        new.rename(copy)
    return copy / installation.relative_to(package.parent)


def _let_all_read(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)
