"""The address of the list of monitors, and what other addresses it leads to."""

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from web.monitors.lists.address import ListAddress

NAMES = ("q", "state", "kind", "tag", "group", "order", "view", "cursor", "place")


def read(query: dict[str, str]) -> ListAddress:
    return ListAddress.read(MultiDict(query))


def test_a_link_keeps_what_narrows_and_begins_at_the_first_page() -> None:
    address = read({"q": "shop", "state": "down", "cursor": "x", "place": "50"})
    assert address.link(tag="eu") == "/monitors?q=shop&state=down&tag=eu"


def test_the_usual_list_has_the_short_address() -> None:
    assert read({"order": "state", "view": "rows", "kind": "gopher"}).path == "/monitors"


def test_fields_of_a_form_leave_out_its_own_and_the_place() -> None:
    address = read({"q": "shop", "tag": "eu", "cursor": "x", "place": "50"})
    assert list(address.fields("q")) == [("tag", "eu")]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=20)), max_size=20))
def test_any_address_is_read_and_its_links_lead_to_the_same_list(
    pairs: list[tuple[str, str]],
) -> None:
    address = ListAddress.read(MultiDict(pairs))
    again = ListAddress.read(MultiDict(address.fields()))
    assert again == address
