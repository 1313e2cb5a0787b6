"""Look after the packages that are installed: python -m tests.supply audit, or sbom.

`audit` looks for known vulnerabilities in all locked packages, and `sbom` writes the list of those in production.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parent.parent.parent
PROGRAMS = Path(sys.executable).parent
SBOM = CHECKOUT / "sbom.cdx.json"
NOT_REACHED = 3
"""The exit code if some data could not be reached and nothing was found in the rest."""


def main() -> None:
    """Run the command that the first argument names. Raises SystemExit with its exit code or its error."""
    commands = {"audit": audit, "sbom": sbom}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(f"Usage: python -m tests.supply {' | '.join(commands)}")
    sys.exit(commands[sys.argv[1]]())


def audit() -> int:
    """Print the known vulnerabilities of all locked packages.

    Return 1 if there are any, else NOT_REACHED if the data of some packages could not be reached, else 0.
    """
    found, missing = audit_python()
    for lock in sorted(CHECKOUT.glob("tests/**/package-lock.json")):
        if "node_modules" not in lock.parts:
            more_found, more_missing = audit_npm(lock.parent)
            found, missing = found + more_found, missing + more_missing
    for line in found:
        print(f"VULNERABLE: {line}")
    for line in missing:
        print(f"NOT AUDITED: {line}")
    if not found and not missing:
        print("No known vulnerabilities.")
    return 1 if found else NOT_REACHED if missing else 0


def audit_python() -> tuple[list[str], list[str]]:
    """Return what is vulnerable in requirements*.txt, and what could not be audited, as lines to print."""
    texts = [file.read_text() for file in sorted(CHECKOUT.glob("requirements*.txt"))]
    entries = {
        entry for text in texts for entry in re.split(r"\n(?=[^ ])", text.strip())
    }  # pip-audit refuses some twice
    options = ["--disable-pip", "--require-hashes", "--format=json", "--progress-spinner=off", "--timeout=30"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as merged:
        merged.write("\n".join(sorted(entries)))
        merged.flush()
        command = [PROGRAMS / "pip-audit", *options, f"--requirement={merged.name}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        return [], [f"requirements*.txt: {_last_line(done.stderr)}"]
    found = [
        f"{package['name']} {package['version']}: {', '.join([flaw['id'], *flaw['aliases']])}, "
        f"fixed in {', '.join(flaw['fix_versions']) or 'no version'}"
        for package in packages
        for flaw in package.get("vulns", [])
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    many = f"{len(skipped)} of {len(packages)} packages of requirements*.txt, because the data cannot be reached"
    return found, [many] if skipped else []


def audit_npm(folder: Path) -> tuple[list[str], list[str]]:
    """Return what is vulnerable in the package-lock.json of a folder, and what could not be audited."""
    name = folder.relative_to(CHECKOUT) / "package-lock.json"
    try:
        done = subprocess.run(["npm", "audit", "--json"], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return [], [f"{name}: npm is not installed"]
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return [], [f"{name}: {_last_line(done.stderr)}"]
    if "vulnerabilities" not in report:
        return [], [f"{name}: the data cannot be reached ({report.get('message', 'no reason given')})"]
    flaws = report["vulnerabilities"]
    return [f"{name}: {package}, {flaw['severity']}" for package, flaw in flaws.items()], []


def sbom() -> int:
    """Write the packages of requirements.txt to sbom.cdx.json (CycloneDX). The same packages give the same file.

    Return 0. Raises SystemExit if a locked package is missing in it.
    """
    options = ["--pyproject=pyproject.toml", "--output-reproducible", "--output-format=JSON", f"--output-file={SBOM}"]
    command = [PROGRAMS / "cyclonedx-py", "requirements", *options, "requirements.txt"]
    subprocess.run(command, cwd=CHECKOUT, env=os.environ | {"PYTHONWARNINGS": "ignore"}, check=True)
    listed = {(one["name"], one["version"]) for one in json.loads(SBOM.read_text())["components"]}
    if missing := locked_packages() - listed:
        sys.exit(f"{SBOM.name} lacks packages of requirements.txt: {sorted(missing)}")
    print(f"{SBOM.name} lists {len(listed)} packages.")
    return 0


def locked_packages() -> set[tuple[str, str]]:
    """Return the name and the version of each package in requirements.txt."""
    text = (CHECKOUT / "requirements.txt").read_text()
    return set(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))


def _last_line(text: str) -> str:
    """Return the last line of an output that is not empty, or a sentence if there is none."""
    lines = [line.strip() for line in text.splitlines() if line.strip(" \t{}")]
    return lines[-1] if lines else "it printed nothing"


if __name__ == "__main__":
    main()
