"""The application's `AuditLogger`: one immutable record for each event, with the fields of its table.

In the real system the record is a row as well; here it goes to the log and to the platform alone.
"""

import json
import os
import uuid
from datetime import datetime, timezone

from vigia import Shipper


class AuditLogger:
    def __init__(self):
        self._shipper = None
        if os.environ.get("VIGIA_URL"):
            self._shipper = Shipper.from_environment(format="audit-json", service="isp-support")

    async def log(self, event_type, user_id, resource_type, resource_id, action, status="success", details=None,
                  ip_address=None):
        entry = {
            "id": str(uuid.uuid4()),
            "event_type": event_type,
            "user_id": user_id,
            "resource_type": resource_type,
            "resource_id": resource_id,
            "action": action,
            "status": status,
            "ip_address": ip_address,
            "created_at": datetime.now(timezone.utc).isoformat(),
            "details": details or {},
        }
        line = json.dumps(entry, ensure_ascii=False)
        print(line, flush=True)
        if self._shipper:
            self._shipper.send(line)

    def close(self):
        """Sends what is waiting."""
        if self._shipper:
            self._shipper.close()


audit_logger = AuditLogger()
