"""The bytes of an answer as text, whatever charset they claim to be."""

import pytest

from probes.response_text import charset_text


@pytest.mark.parametrize("charset", ["utf-8", "UTF-16", "iso-8859-15", "windows-1252", "koi8-r"])
def test_a_body_is_read_in_its_charset_as_a_whole(charset: str) -> None:
    text = "Grüße " * 100_000 if charset != "koi8-r" else "Привет " * 100_000
    assert charset_text(text.encode(charset), f"text/html; charset={charset}") == text


@pytest.mark.parametrize("charset", ["", "charset=nonsense", "charset=iso-8859-99"])
def test_without_a_known_charset_it_is_utf_8(charset: str) -> None:
    assert charset_text("Grüße".encode(), f"text/html; {charset}") == "Grüße"
    assert charset_text(b"a\xffb", charset) == "a\ufffdb"


@pytest.mark.abuse(101)
@pytest.mark.parametrize("charset", ["utf-16", "UTF-16LE", "utf16", "iso-8859-6", "windows-1255"])
def test_what_is_slow_to_mend_is_mended_at_the_beginning_only(charset: str) -> None:
    text = charset_text(b"\xff\xd8" * 500_000, f"text/html; charset={charset}")
    assert 100_000 <= len(text) <= 256 * 1024
    assert "\ufffd" in text
