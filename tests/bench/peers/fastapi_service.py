"""The usual design, written with care: FastAPI and httpx, look up by e-mail, then PATCH or POST.

One pooled client with kept connections; 429 and 5xx are tried again with growing waits; a conflict on
create (somebody else was faster, or the search index lags) becomes an update.
"""
import asyncio
import os
import random
import re

import httpx
from fastapi import FastAPI, Response
from pydantic import BaseModel, EmailStr

CONTACTS = os.environ["HUBSPOT_BASE_URL"] + "/crm/v3/objects/contacts"
IS_SEARCHING = os.environ.get("BENCH_LOOKUP", "search") == "search"
TRIES = 6

app = FastAPI()
client: httpx.AsyncClient


class Contact(BaseModel):
    email: EmailStr
    firstname: str | None = None
    lastname: str | None = None
    phone: str | None = None
    company: str | None = None
    jobtitle: str | None = None
    website: str | None = None
    address: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    message: str | None = None


class Refused(Exception):
    """HubSpot said no, after all tries."""

    def __init__(self, reply: httpx.Response):
        super().__init__(reply.text)
        self.reply = reply


@app.on_event("startup")
async def start() -> None:
    global client
    client = httpx.AsyncClient(
        headers={"Authorization": "Bearer " + os.environ["HUBSPOT_PRIVATE_APP_TOKEN"]},
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=60),
        timeout=httpx.Timeout(10, pool=None),
    )


@app.on_event("shutdown")
async def stop() -> None:
    await client.aclose()


def wait_before(attempt: int, reply: httpx.Response) -> float:
    """Seconds: what HubSpot says, else a second for the search limit, else growing and spread."""
    if "Retry-After" in reply.headers:
        return float(reply.headers["Retry-After"])
    if "ten_secondly" not in reply.text and "secondly" in reply.text:
        return 1 + random.random()
    return min(10, 2**attempt) * (0.5 + random.random() / 2)


async def call(method: str, url: str, **more) -> httpx.Response:
    for attempt in range(TRIES):
        reply = await client.request(method, url, **more)
        if reply.status_code != 429 and reply.status_code < 500:
            break
        if attempt + 1 < TRIES:
            await asyncio.sleep(wait_before(attempt, reply))
    return reply


def must(reply: httpx.Response) -> dict:
    if reply.status_code >= 300:
        raise Refused(reply)
    return reply.json()


async def look_up(email: str) -> str | None:
    if not IS_SEARCHING:
        reply = await call(
            "GET", f"{CONTACTS}/{email}", params={"idProperty": "email", "properties": "email"}
        )
        return None if reply.status_code == 404 else must(reply)["id"]
    wanted = {"filters": [{"propertyName": "email", "operator": "EQ", "value": email}]}
    body = {"filterGroups": [wanted], "properties": ["email"], "limit": 1}
    found = must(await call("POST", CONTACTS + "/search", json=body))["results"]
    return found[0]["id"] if found else None


async def upsert(properties: dict) -> tuple[str, str]:
    body = {"properties": properties}
    known = await look_up(properties["email"])
    if known is None:
        reply = await call("POST", CONTACTS, json=body)
        if reply.status_code != 409:
            return must(reply)["id"], "created"
        known = re.search(r"Existing ID: (\d+)", reply.text)[1]
    return must(await call("PATCH", f"{CONTACTS}/{known}", json=body))["id"], "updated"


@app.get("/healthz")
async def health() -> dict:
    return {"status": "ok"}


@app.post("/contacts")
async def write(contact: Contact, response: Response) -> dict:
    try:
        known, action = await upsert(contact.dict(exclude_none=True))
    except Refused as refused:
        is_busy = refused.reply.status_code == 429
        response.status_code = 503 if is_busy else 502
        if is_busy:
            response.headers["Retry-After"] = "10"
        return {"status": "error", "message": str(refused)}
    except httpx.HTTPError as error:
        response.status_code = 502
        return {"status": "error", "message": repr(error)}
    response.status_code = 201 if action == "created" else 200
    message = f"Contact {action} successfully"
    return {"status": "success", "message": message, "hubspot_contact_id": known, "action": action}
