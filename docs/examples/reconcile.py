"""Compare orders with the targets that changed since a time, and print the orders that differ.

Usage: python3 reconcile.py orders-2026-06-25.jsonl 2026-06-25T00:00:00Z
An order is printed if its target has not changed since the time, or has another version. An order that was sent again
without a change is printed too. Exit status: 0 if no order is printed, otherwise 1.
"""

import json
import os
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

headers = {"Authorization": f"Bearer {os.environ['CONNECT_TOKEN']}"}
since = urllib.parse.urlencode({"updatedAfter": sys.argv[2], "pageSize": 1000})
page: str | None = f"{os.environ['CONNECT_URL']}/targets?{since}"
arrived: dict[str, Any] = {}
while page:
    with urllib.request.urlopen(urllib.request.Request(page, headers=headers), timeout=60) as response:
        answer = json.load(response)
    arrived |= {target["externalId"]: target.get("sourceVersion") for target in answer["results"]}
    page = answer["next"]

missing = 0
for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    order = json.loads(line)
    version = arrived.get(order["externalId"], "nothing")
    if version != order.get("sourceVersion"):
        missing += 1
        print(f"{order['externalId']}: sent {order.get('sourceVersion')}, there is {version}")
print(f"{missing} orders to look at.")
sys.exit(1 if missing else 0)
