"""The files of pages: all at once, for a year, and none but these."""

import pytest
from flask import Flask

from web import static_files


def _url(app: Flask, name: str) -> str:
    with app.test_request_context():
        return static_files.url(name)


def test_a_file_is_kept_for_a_year_under_the_name_of_its_version(app: Flask) -> None:
    answer = app.test_client().get(_url(app, "app.css"), headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"].startswith("text/css")


def test_a_file_of_an_earlier_version_is_answered_and_not_kept(app: Flask) -> None:
    answer = app.test_client().get("/static/0000000000000000/app.css")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "name", ["../app.py", "%2e%2e/app.py", "vendor/files.json", "vendor/package-lock.json", "x"]
)
def test_nothing_else_is_answered(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/static/0/{name}").status_code == 404
