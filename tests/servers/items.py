"""An application with a login: items are created, read and deleted with a token and a cookie."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from tests.servers.wsgi import served

TOKEN = "tk/9f2c+47b1"
SESSION = "s-51c0ffee"
USER, PASSWORD = "ada", 'correct "horse" battery'


@dataclass
class Items:
    """The application and what it has; `url` is its address."""

    url: str = ""
    there: dict[int, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    next_id: int = 41
    forbids_creation: bool = False

    def note(self) -> None:
        self.asked.append(f"{request.method} {request.path}")

    def log_in(self) -> ResponseReturnValue:
        said = request.get_json()
        if (said.get("user"), said.get("password")) != (USER, PASSWORD):
            return jsonify(error="Wrong password.", you_said=said), 401
        answer = make_response(jsonify(ok=True, granted={"value": TOKEN}))
        answer.set_cookie("sid", SESSION)
        return answer

    def show_form(self) -> ResponseReturnValue:
        return '<form><input name="csrf" value="c&amp;1 é"></form>'

    def create(self) -> ResponseReturnValue:
        if not _is_authorized():
            return jsonify(error="No."), 403
        if self.forbids_creation:
            return jsonify(error=f"Not you, {request.headers['Authorization']}."), 403
        self.next_id += 1
        self.there[self.next_id] = request.get_json()["title"]
        answer = make_response(jsonify(id=self.next_id), 201)
        answer.headers["Location"] = f"/items/{self.next_id}"
        return answer

    def read(self, number: int) -> ResponseReturnValue:
        if not _is_authorized() or number not in self.there:
            return jsonify(error="Nothing here."), 404
        return jsonify(id=number, title=self.there[number])

    def delete(self, number: int) -> ResponseReturnValue:
        if not _is_authorized() or self.there.pop(number, None) is None:
            return jsonify(error="Nothing here."), 404
        return "", 204


@contextmanager
def items() -> Iterator[Items]:
    state = Items()
    app = Flask("items")
    app.before_request(state.note)
    app.add_url_rule("/session", view_func=state.log_in, methods=["POST"])
    app.add_url_rule("/form", view_func=state.show_form)
    app.add_url_rule("/items", view_func=state.create, methods=["POST"])
    app.add_url_rule("/items/<int:number>", view_func=state.read)
    app.add_url_rule("/items/<int:number>", view_func=state.delete, methods=["DELETE"])
    with served(app) as state.url:
        yield state


def _is_authorized() -> bool:
    return (
        request.headers.get("Authorization") == f"Bearer {TOKEN}"
        and request.cookies.get("sid") == SESSION
    )
