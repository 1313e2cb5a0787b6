"""Check orders against a template before you send them, and print what the API would reject.

Usage: python3 check_orders.py orders-2026-06-25.jsonl delivery_stop
Each line of the file is one order as JSON. Needs `pip install jsonschema`. Exit status: 0 if all orders are valid,
otherwise 1.
"""

import json
import os
import sys
import urllib.request
from pathlib import Path

from jsonschema import Draft202012Validator

url = f"{os.environ['CONNECT_URL']}/templates/{sys.argv[2]}"
headers = {"Authorization": f"Bearer {os.environ['CONNECT_TOKEN']}"}
with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as response:
    schema = Draft202012Validator(json.load(response)["jsonSchema"])

faults = [
    f"order {number} {'.'.join(str(part) for part in fault.path)}: {fault.message}"
    for number, line in enumerate(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines(), start=1)
    for fault in schema.iter_errors(json.loads(line))
]
print("\n".join(faults) or "All orders are valid.")
sys.exit(1 if faults else 0)
