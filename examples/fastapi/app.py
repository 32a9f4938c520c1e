"""A small FastAPI back end: sign-in, access to one's data, deletion and export, each with its audit record."""

import hashlib
import hmac
import os
import secrets
import uuid
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from audit_logger import audit_logger


@asynccontextmanager
async def lifespan(_):
    add_user(os.environ.get("ADMIN_USER", "admin"), os.environ.get("ADMIN_PASSWORD") or secrets.token_hex(), "admin")
    yield
    audit_logger.close()


app = FastAPI(title="ISP support", lifespan=lifespan)
bearer = HTTPBearer()
users, by_token = {}, {}


class Credentials(BaseModel):
    username: str
    password: str


def hashed(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def add_user(username, password, role="user"):
    salt = secrets.token_bytes(16)
    users[username] = {"id": str(uuid.uuid4()), "username": username, "role": role, "salt": salt,
                       "hash": hashed(password, salt)}
    return users[username]


def current_user(credentials: HTTPAuthorizationCredentials = Depends(bearer)):
    user = by_token.get(credentials.credentials)
    if user is None:
        raise HTTPException(401, "Invalid token")
    return user


@app.post("/users", status_code=201)
async def register(request: Request, credentials: Credentials):
    if credentials.username in users:
        raise HTTPException(409, "Taken")
    user = add_user(credentials.username, credentials.password)
    await audit_logger.log("user_register", user["id"], "user", user["id"], "register", ip_address=request.client.host)
    return {"id": user["id"]}


@app.post("/login")
async def login(request: Request, credentials: Credentials):
    user = users.get(credentials.username)
    salt, known = (user["salt"], user["hash"]) if user else (bytes(16), bytes(64))
    if not hmac.compare_digest(hashed(credentials.password, salt), known):
        await audit_logger.log(
            event_type="login_failed",
            user_id=None,
            resource_type="user",
            resource_id=None,
            action="login",
            status="failed",
            ip_address=request.client.host,
            details={"reason": "invalid_credentials", "username": credentials.username},
        )
        raise HTTPException(401, "Invalid credentials")
    await audit_logger.log(
        event_type="login_success",
        user_id=user["id"],
        resource_type="user",
        resource_id=user["id"],
        action="login",
        status="success",
        ip_address=request.client.host,
    )
    token = secrets.token_urlsafe(32)
    by_token[token] = user
    return {"access_token": token, "token_type": "bearer"}


@app.get("/users/{user_id}/export")
async def export_user_data(user_id: str, request: Request, user=Depends(current_user)):
    """LGPD art. 18, V: one's own data."""
    if user["id"] != user_id:
        await audit_logger.log("unauthorized_export_attempt", user["id"], "user", user_id, "export",
                               ip_address=request.client.host)
        raise HTTPException(403, "Forbidden")
    await audit_logger.log("gdpr_data_export", user_id, "user", user_id, "export", ip_address=request.client.host)
    return {"usuario": {"id": user["id"], "username": user["username"]}}


@app.delete("/users/{user_id}/data")
async def delete_user_data(user_id: str, request: Request, user=Depends(current_user)):
    """LGPD art. 18, VI: by oneself or an administrator."""
    if user["id"] != user_id and user["role"] != "admin":
        await audit_logger.log(
            event_type="unauthorized_deletion_attempt",
            user_id=user["id"],
            resource_type="user",
            resource_id=user_id,
            action="delete",
            ip_address=request.client.host,
        )
        raise HTTPException(403, "Forbidden")
    for name in [name for name, one in users.items() if one["id"] == user_id]:
        del users[name]
    await audit_logger.log("gdpr_deletion_executed", None, "user", user_id, "delete",
                           details={"gdpr_request_id": str(uuid.uuid4())})
    return {"status": "deletion_completed"}
