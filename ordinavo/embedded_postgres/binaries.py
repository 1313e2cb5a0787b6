"""The account that runs the server, and programs that this account can execute."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ordinavo.embedded_postgres.folders import EmbeddedPostgresError


@dataclass(frozen=True)
class Account:
    """A user id and a group id of the operating system."""

    uid: int
    gid: int

    def options(self) -> dict[str, Any]:
        """Return the arguments of subprocess that run a program under this account, or {} unless this user is root."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account(data: Path) -> Account:
    """Return the account that runs the server: the current user, or another one for root.

    PostgreSQL refuses to run as root. Root uses the owner of the folder `data` if it exists, else the account
    'postgres', else 'nobody'. Raises EmbeddedPostgresError if there is none of them.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    with suppress(FileNotFoundError):
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, and there is no account 'postgres' or 'nobody' to run it as. "
        "Work as an ordinary user, or set DATABASE_URL."
    )


def usable_installation(installation: Path, folder: Path, account: Account) -> Path:
    """Return the installation, or a copy of it in the folder if the account cannot execute the original.

    The copy is needed when the checkout is below /root. Raises OSError if it cannot be written.
    """
    return installation if _can_execute(installation, account) else _copy(installation, folder)


def _can_execute(installation: Path, account: Account) -> bool:
    """Return whether `postgres --version` succeeds under the account: False if it cannot be started or fails."""
    program = installation / "bin" / "postgres"
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True, cwd="/", env={}, **account.options())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _copy(installation: Path, folder: Path) -> Path:
    """Copy the programs and their libraries into the folder, and return the path of the copied installation.

    Everybody may read the copy. A copy of the same programs is reused, and copies of others are deleted. Raises OSError
    if a file cannot be written.
    """
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
        for path in (new, *new.rglob("*")):
            path.chmod(0o755)
        new.rename(copy)
    return copy / installation.relative_to(package.parent)
