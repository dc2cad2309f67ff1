"""Ids, labels, messages and file names of new revisions: strict, as they end up in code, SQL and paths."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo, available_timezones

from ..errors import ConfigurationError, InvalidRevisionId

LONGEST_ID = 100
"""Characters of an id or label: with the date and the slug a file name stays below 255 bytes."""

RESERVED = ("head", "heads", "base", "current")
SLUG_LENGTH = 40
EMPTY = "empty message"
FILE_TEMPLATE = "%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d-%(rev)s_%(slug)s"

_ALLOWED = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.]*[A-Za-z0-9_])?")
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONGEST_NAME = 255


def new_id() -> str:
    """Return 12 random hexadecimal digits: the end of a UUID of version 4 (RFC 9562)."""
    return uuid.uuid4().hex[-12:]


def check_id(name: str, existing: Iterable[str] = ()) -> str:
    """Return the id for a new revision if it can be one.

    :param existing: the ids and labels that there are.
    :raises InvalidRevisionId: it cannot; existing revisions may be named otherwise.
    """
    return _check(name, "revision id", existing)


def check_label(name: str, existing: Iterable[str] = ()) -> str:
    """Return the label for a new branch if it can be one; see `check_id`."""
    return _check(name, "branch label", existing)


def _check(name: str, what: str, existing: Iterable[str]) -> str:
    hint = f"use up to {LONGEST_ID} letters (a to z), digits, '_' and '.', such as 'add_users' or '2.1'."
    if len(name) > LONGEST_ID:
        raise InvalidRevisionId(f"The {what} '{name[:20]}...' has {len(name)} characters.", hint)
    if not _ALLOWED.fullmatch(name) or ".." in name:
        bad = dict.fromkeys(each for each in name if not _ALLOWED.fullmatch(each))
        which = f" ({', '.join(map(repr, bad))})" if bad else ""
        raise InvalidRevisionId(f"{name!r} cannot be a {what}{which}.", hint)
    if name.lower() in RESERVED:
        raise InvalidRevisionId(f"'{name}' cannot be a {what}: the word has a meaning of its own.", hint)
    for other in existing:
        if other.lower() == name.lower():
            raise InvalidRevisionId(
                f"There is '{other}' already, so '{name}' cannot be a {what}.", "choose another one."
            )
    return name


def clean_message(message: str) -> str:
    """Return a message as a revision keeps it: without outer blanks, what is invisible written as an escape.

    Control characters could rule the terminal that lists the history, and marks that change the direction of
    text could make code look like something else (https://trojansource.codes).
    """
    lines = message.replace("\r\n", "\n").replace("\t", " ").split("\n")
    text = "\n".join(line.rstrip() for line in lines).strip()
    return "".join(map(_visible, text)) or EMPTY


def _visible(character: str) -> str:
    if character != "\n" and (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _BIDIRECTIONAL
    ):
        return (
            character.encode("ascii", "backslashreplace").decode()
            if ord(character) > 127
            else f"\\x{ord(character):02x}"
        )
    return character


def slug(message: str, length: int = SLUG_LENGTH) -> str:
    """Return a message's words for a file name, in lower case, joined by `_`.

    :param length: characters; a longer slug is cut there and then back to the last `_`, which stays.
    """
    text = "_".join(re.findall(r"\w+", message)).lower()
    return text if len(text) <= length else text[:length].rpartition("_")[0] + "_"


@dataclass(frozen=True)
class NameParts:
    """What a file template may use.

    :param created: with its time zone, or in local time.
    """

    rev: str
    slug: str
    created: datetime


def file_name(parts: NameParts, template: str = FILE_TEMPLATE) -> str:
    """Return the name of a revision's file, with its ending; it may have folders, separated by `/`.

    :param template: with `%(rev)s`, `%(slug)s`, `%(epoch)s` and `%(year)d` to `%(second).2d`.
    :raises ConfigurationError: the template uses something else, or leads out of the folder.
    """
    when = parts.created
    tokens: dict[str, object] = {"rev": parts.rev, "slug": parts.slug, "epoch": int(when.timestamp())}
    tokens |= {each: getattr(when, each) for each in ("year", "month", "day", "hour", "minute", "second")}
    try:
        name = template % tokens
    except (KeyError, ValueError, TypeError) as error:
        known = ", ".join(f"%({each})s" for each in tokens)
        raise ConfigurationError(
            f"The file template '{template}' cannot be used: {error}.", f"it may use {known}."
        ) from error
    if not parts.slug:
        name = name.rstrip("_-. ")
    path = PurePosixPath(name.replace("\\", "/"))
    if (
        path.is_absolute()
        or ".." in path.parts
        or any(each.startswith(".") or ":" in each for each in path.parts)
        or not path.name
    ):
        raise ConfigurationError(
            f"The file template '{template}' gives '{name}', which is no file in the revisions folder.",
            "it has to give a relative path, and no hidden file.",
        )
    return str(path.with_name(_shortened(path.name) + ".py"))


def _shortened(name: str) -> str:
    """Return a file name as long as file systems allow: counted in bytes, of which a letter may need four."""
    return name.encode()[: _LONGEST_NAME - len(".py")].decode(errors="ignore")


_ZONES = "use a name such as 'UTC' or 'Europe/Berlin'."
_NO_ZONES = "install the package tzdata, as this system has no list of time zones; or use 'UTC'."


def now(zone: str | None = None) -> datetime:
    """Return the time of this moment.

    :param zone: the name of a time zone, in any case; local time without one.
    :raises ConfigurationError: there is no such zone.
    """
    if zone is None:
        return datetime.now().astimezone()
    if zone.lower() == "utc":  # which Windows knows, too, that has no other
        return datetime.now(timezone.utc)
    known = {each.lower(): each for each in available_timezones()}
    if zone.lower() not in known:
        raise ConfigurationError(f"There is no time zone '{zone}'.", _ZONES if known else _NO_ZONES)
    return datetime.now(timezone.utc).astimezone(ZoneInfo(known[zone.lower()]))
