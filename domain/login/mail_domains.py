"""Domains that organizations can prove as their own, and those of public mailboxes, which none can.

Who could prove a public mail domain would route the logins of strangers.
"""

import re

LONGEST = 253
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])")

# fmt: off
PUBLIC = frozenset(
    {
        "126.com", "139.com", "163.com", "189.cn", "abv.bg", "aim.com", "aliyun.com", "alice.it",
        "aol.com", "arcor.de", "att.net", "bellsouth.net", "bigpond.com", "bk.ru", "bluewin.ch",
        "btinternet.com", "centrum.cz", "charter.net", "comcast.net", "cox.net", "daum.net",
        "disroot.org", "duck.com", "earthlink.net", "email.com", "email.cz", "fastmail.com",
        "fastmail.fm", "foxmail.com", "free.fr", "freenet.de", "gmail.com", "gmx.at", "gmx.ch",
        "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "gmx.us", "hanmail.net", "hey.com",
        "home.nl", "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.es", "hotmail.fr",
        "hotmail.it", "hushmail.com", "icloud.com", "inbox.lv", "inbox.ru", "interia.pl",
        "kolabnow.com", "kpnmail.nl", "laposte.net", "libero.it", "list.ru", "live.co.uk",
        "live.com", "live.de", "live.fr", "live.nl", "lycos.com", "mac.com", "mail.com",
        "mail.de", "mail.ee", "mail.ru", "mailbox.org", "mailfence.com", "mailinator.com",
        "me.com", "msn.com", "nate.com", "naver.com", "o2.pl", "online.de", "onet.pl",
        "onmicrosoft.com", "op.pl", "optonline.net", "orange.fr", "outlook.com", "outlook.de",
        "outlook.fr", "passport.com", "pm.me", "posteo.de", "posteo.net", "proton.me",
        "protonmail.ch", "protonmail.com", "qq.com", "rediffmail.com", "riseup.net",
        "rocketmail.com", "runbox.com", "sapo.pt", "sbcglobal.net", "seznam.cz", "sfr.fr",
        "shaw.ca", "sina.com", "sky.com", "sohu.com", "startmail.com", "sympatico.ca",
        "t-online.de", "talktalk.net", "telenet.be", "telia.com", "tin.it", "tiscali.it",
        "tuta.com", "tuta.io", "tutanota.com", "tutanota.de", "ukr.net", "verizon.net",
        "virgilio.it", "virginmedia.com", "vodafone.de", "wanadoo.fr", "web.de",
        "windowslive.com", "wp.pl", "ya.ru", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com",
        "yahoo.com.br", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.it", "yandex.com", "yandex.ru",
        "yeah.net", "ymail.com", "zoho.com", "zohomail.com",
    }
)
# fmt: on
"""Providers that give a mailbox to anybody."""


def is_name(name: str) -> bool:
    """Return whether a text is the ASCII name of a domain below a top-level domain."""
    return len(name) <= LONGEST and _NAME.fullmatch(name) is not None


def is_public(name: str) -> bool:
    """Return whether anybody can get an address in this domain, or in the domain above it."""
    parts = name.split(".")
    return any(".".join(parts[index:]) in PUBLIC for index in range(len(parts) - 1))


def domain_of(address: str) -> str:
    """Return the domain of an address in lower case; an empty text if there is none."""
    _, at, name = address.rpartition("@")
    return name.lower().removesuffix(".") if at else ""
