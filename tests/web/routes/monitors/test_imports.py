"""Many monitors from a pasted list: what each line means is seen before anything is created."""

import io

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Monitor
from tests.web.reader import Reader

LIST = """address, name, tags
example.com
https://shop.example/health, "Shop, main", payments, eu, eu

# what we rent
db.example.com:5432, Database
gopher://x
192.0.2.7, Router"""


def made(session: Session) -> list[tuple[str, str, str, list[str]]]:
    rows = session.scalars(select(Monitor).order_by(Monitor.id))
    return [(each.name, each.kind, each.url, each.tags) for each in rows]


def test_a_preview_says_what_each_line_means_and_creates_nothing(
    ada: Reader, session: Session
) -> None:
    seen = ada.post("/monitors/import", targets=LIST)
    assert "4 monitors" in seen.text
    assert "7 gopher://x There is no kind of monitor for gopher addresses." in seen.text
    assert "Shop, main https://shop.example/health HTTP payments eu" in seen.text
    assert made(session) == []


def test_the_valid_lines_are_created_and_the_others_can_be_corrected(
    ada: Reader, session: Session
) -> None:
    seen = ada.post("/monitors/import", targets=LIST)
    done = ada.fill(seen, "/monitors/import/create")
    assert "4 monitors were created." in done.text
    assert done.one("textarea[name=targets]").get_text().strip() == "gopher://x"
    assert made(session) == [
        ("example.com", "http", "https://example.com/", []),
        ("Shop, main", "http", "https://shop.example/health", ["payments", "eu"]),
        ("Database", "tcp", "tcp://db.example.com:5432", []),
        ("Router", "icmp", "icmp://192.0.2.7", []),
    ]


def test_a_line_beyond_the_limits_of_a_monitor_is_named(ada: Reader, session: Session) -> None:
    seen = ada.post("/monitors/import", targets=f"a.example\nb.example, {'x' * 201}")
    assert "Must have between 1 and 200 characters." in seen.text
    assert "Create 1 monitor" in seen.text
    assert made(session) == []


def test_a_list_beyond_the_quota_is_refused_with_the_list_kept(ada: Reader) -> None:
    for path in ("/monitors/import", "/monitors/import/create"):
        seen = ada.post(path, targets="\n".join(f"a{n}.example" for n in range(501)))
        assert seen.status == 422
        assert seen.errors == ["Addresses: These are 501 lines. At most 500 fit into one import."]
        assert "a500.example" in seen.one("textarea").get_text()


def test_nothing_at_all_is_refused_in_words(ada: Reader) -> None:
    seen = ada.post("/monitors/import", targets=" \n# nothing\n")
    assert seen.errors == ["Addresses: Give at least one address."]


def test_a_file_is_read_like_a_paste(ada: Reader) -> None:
    file = (io.BytesIO("\N{ZERO WIDTH NO-BREAK SPACE}example.com, Shop".encode()), "list.csv")
    assert "Shop https://example.com/ HTTP" in ada.post("/monitors/import", file=file).text
    odd = (io.BytesIO(b"\xff\xfe\x00"), "list.csv")
    assert ada.post("/monitors/import", file=odd).errors == ["File: This file is not UTF-8 text."]


def test_a_paste_of_five_megabytes_is_refused_in_words(ada: Reader) -> None:
    seen = ada.post("/monitors/import", targets="example.com\n" * 420_000)
    assert seen.status == 413
    assert "too large" in seen.text


def test_the_list_can_be_corrected_before_it_is_created(ada: Reader) -> None:
    seen = ada.post("/monitors/import/edit", targets="example.com, Shop")
    assert seen.one("textarea").get_text().strip() == "example.com, Shop"


def test_lines_are_inert(ada: Reader) -> None:
    script = "<script>alert(1)</script>"
    for path in ("/monitors/import", "/monitors/import/create", "/monitors/import/edit"):
        seen = ada.post(path, targets=f"{script}\nexample.com, {script}, {script}")
        assert not seen.select("main script")


def test_who_may_only_look_imports_nothing(vic: Reader) -> None:
    assert vic.get("/monitors/import").status == 403
    assert vic.post("/monitors/import/create", targets="example.com").status == 403
