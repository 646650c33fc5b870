"""Downloads as the role that the API has in the database: the link says whose rows it sees."""

from datetime import UTC, datetime
from time import time

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.settings import load
from models import Monitor, Organization
from models.export import Export
from security.links import Links, Purpose, Subject
from services.exports import exports
from services.exports.exports import ExportValues
from tests.api.applications import Serve
from tests.api.client import ApiClient
from tests.factories.exports import RECIPIENT, path_of
from tests.services.watched import watch


@pytest.mark.usefixtures("celery")
def test_invariant_6_a_link_opens_an_export_to_the_role_of_the_api_and_only_that(
    serve: Serve, committed: Engine
) -> None:
    from tasks import exports as tasks  # noqa: PLC0415 - the settings exist only now

    (owner, export), (other, _) = made(committed), made(committed)
    tasks.run(export.id, 0)
    app = serve(load())
    assert status(app, owner, export, "manifest.jws") == 200
    assert status(app, owner, export, "checks-0001.csv.gz.age") == 200
    assert status(app, other, export, "manifest.jws") == 404


def made(engine: Engine) -> tuple[Organization, Export]:
    now = datetime.now(UTC)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        monitor: Monitor = watch(session, from_slot=int(time()))
        values = ExportValues(document="checks", format="csv", container="age", recipient=RECIPIENT)
        export = exports.request(session, monitor.organization_id, values, now=now).export
        return session.get_one(Organization, monitor.organization_id), export


def status(app: Flask, of: Organization, export: Export, name: str) -> int:
    subject = Subject(organization_id=of.public_id, id=export.public_id)
    link = Links.from_settings(load()).make(Purpose.EXPORT, subject, now=datetime.now(UTC))
    return ApiClient(app).get(path_of({"url": f"{link}/{name}"})).status_code
