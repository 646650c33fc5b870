"""HTML of an organization, made harmless: what a mail or a page may show, and nothing that acts.

That holds wherever in its template somebody else's words stand, such as in an attribute without quotes.
"""

import nh3

_TAGS = frozenset(
    "a b blockquote br code del div em h1 h2 h3 h4 hr i img li ol p pre small span strong sub sup"  # noqa: SIM905 - a list of words
    " table tbody td tfoot th thead tr u ul".split()
)
_EVERYWHERE = {"style", "title", "align", "dir", "lang"}
_ATTRIBUTES = {
    "*": _EVERYWHERE,
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "td": {"colspan", "rowspan", "width", "valign", "bgcolor"},
    "th": {"colspan", "rowspan", "width", "valign", "bgcolor"},
}
# Nothing that loads, moves out of its place or hides what we write below.
_STYLES = {
    "background-color",
    "border",
    "border-collapse",
    "border-radius",
    "border-spacing",
    "color",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "line-height",
    "margin",
    "padding",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
    "width",
}
_MOST_TAGS = 1000
_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags={"script", "style", "title"},
    attributes=_ATTRIBUTES,
    url_schemes={"https", "http", "mailto", "tel"},
    filter_style_properties=_STYLES,
    link_rel=None,
)


def harmless(html: str) -> str:
    """Return the fragment without what is not allowed; its elements are closed.

    Raises `ValueError` with a sentence if there are too many tags. Each paragraph begins anew all that
    was left open before it, so 64 KiB of such would take gigabytes.
    """
    if html.count("<") > _MOST_TAGS:
        raise ValueError(f"It produces more than {_MOST_TAGS} tags.")
    return _CLEANER.clean(html).strip()
