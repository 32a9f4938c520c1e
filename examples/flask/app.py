"""A small Flask back end that says what happens: structured logs for requests, audit records for security.

Both are JSON lines of Python's own logging, in the form that the application had before it met Vigia; the only
thing added is `VigiaHandler`, which sends the same lines to the platform.
"""

import json
import logging
import os
import signal
import threading
import time
import uuid
from datetime import datetime, timezone

from flask import Flask, abort, g, jsonify, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.serving import make_server

from vigia import Shipper, VigiaHandler

SERVICE = "agency"
TOKEN_SECONDS = 900


class JsonFormatter(logging.Formatter):
    """`{"timestamp", "level", "service", "trace_id", "message", "metadata"}`, or the audit record as it is."""

    def format(self, record):
        now = datetime.fromtimestamp(record.created, timezone.utc).isoformat().replace("+00:00", "Z")
        audit = getattr(record, "audit", None)
        if audit is not None:
            return json.dumps({"audit_log": {"timestamp": now, "service": SERVICE, **audit}}, ensure_ascii=False)
        line = {
            "timestamp": now,
            "level": record.levelname.lower(),
            "service": SERVICE,
            "trace_id": getattr(record, "trace_id", None),
            "message": record.getMessage(),
            "metadata": getattr(record, "metadata", {}),
        }
        if record.exc_info:
            line["metadata"]["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure_logging():
    """One logger, two handlers with the same formatter: the terminal and the platform."""
    logger = logging.getLogger(SERVICE)
    logger.setLevel(logging.INFO)
    handlers = [logging.StreamHandler()]
    shipper = None
    if os.environ.get("VIGIA_URL"):
        shipper = Shipper.from_environment()
        handlers.append(VigiaHandler(shipper))
    for handler in handlers:
        handler.setFormatter(JsonFormatter())
        logger.addHandler(handler)
    return logger, shipper


log, shipper = configure_logging()
app = Flask(__name__)
tokens = URLSafeTimedSerializer(os.environ.get("SECRET_KEY") or uuid.uuid4().hex, salt="access")
users = {}
NOBODY = generate_password_hash(uuid.uuid4().hex)


def add_user(email, password, role="user"):
    user = {"id": str(uuid.uuid4()), "email": email, "role": role, "hash": generate_password_hash(password)}
    users[email] = user
    return user


def audit(action, user=None, target=None, changes=None, status="success", **details):
    """The audit record as the operations manual prints it."""
    record = {
        "user": user,
        "action": action,
        "target": target,
        "changes": changes or {},
        "ip_address": request.remote_addr,
        "user_agent": request.user_agent.string,
        "status": status,
        "trace_id": g.trace_id,
        **details,
    }
    log.info("audit", extra={"audit": {name: value for name, value in record.items() if value not in (None, {})}})


@app.before_request
def begin():
    g.trace_id = request.headers.get("X-Trace-Id") or uuid.uuid4().hex
    g.began = time.monotonic()


@app.after_request
def end(response):
    """Every request is one structured line, with neither its query nor its body."""
    metadata = {
        "action": f"{request.method} {request.url_rule or request.path}",
        "status": response.status_code,
        "duration_ms": round((time.monotonic() - g.began) * 1000),
    }
    if getattr(g, "user", None):
        metadata["user_id"] = g.user["id"]
    log.info("Request processed", extra={"trace_id": g.trace_id, "metadata": metadata})
    return response


@app.errorhandler(Exception)
def failed(error):
    """A friendly answer; what broke stands in the log alone."""
    if isinstance(error, HTTPException):
        if error.code in (401, 403):
            who = getattr(g, "user", None)
            audit("access_denied", who and who["email"], target=request.path, status="failed", code=error.code)
        return jsonify(error=error.name), error.code
    log.error("Unhandled exception", exc_info=error, extra={"trace_id": g.trace_id})
    return jsonify(error="Internal Server Error"), 500


def current_user():
    header = request.headers.get("Authorization", "")
    try:
        email = tokens.loads(header.removeprefix("Bearer "), max_age=TOKEN_SECONDS)
    except BadSignature:
        abort(401)
    g.user = users[email]
    return g.user


@app.post("/api/register")
def register():
    body = request.get_json()
    if body["email"] in users or len(body["password"]) < 12:
        return jsonify(error="not possible"), 400
    user = add_user(body["email"], body["password"])
    audit("user_register", user["email"], target=user["id"])
    return jsonify(id=user["id"]), 201


@app.post("/api/login")
def login():
    body = request.get_json()
    user = users.get(body["email"])
    known = check_password_hash(user["hash"] if user else NOBODY, body["password"])
    if not (user and known):
        audit("login_failed", body["email"], status="failed", reason="invalid_credentials")
        return jsonify(error="invalid credentials"), 400
    audit("login_success", user["email"], target=user["id"])
    return jsonify(token=tokens.dumps(user["email"]))


@app.get("/api/me")
def me():
    user = current_user()
    return jsonify(email=user["email"], role=user["role"])


@app.post("/api/users/<email>/role")
def change_role(email):
    admin = current_user()
    if admin["role"] != "admin":
        abort(403)
    user, new = users[email], request.get_json()["role"]
    old, user["role"] = user["role"], new
    audit("role_update", admin["email"], target=email, changes={"old_role": old, "new_role": new})
    return jsonify(role=new)


def main():
    add_user(os.environ.get("ADMIN_EMAIL", "admin@example.com"), os.environ.get("ADMIN_PASSWORD") or uuid.uuid4().hex,
             "admin")
    server = make_server("127.0.0.1", int(os.environ.get("PORT", "5000")), app, threaded=True)
    # A stop answers what is under way, then sends what is waiting.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    server.server_close()
    if shipper:
        shipper.close()


if __name__ == "__main__":
    main()
