"""The page that development shows while revisions are pending: values -> HTML or JSON; no JavaScript."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby

APPLY, CREATE = "/_revisions/apply", "/_revisions/create"
HERE = "/_revisions/"

BEGUN = "interrupted: goes on where that was"

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --paper: #ffffff; --card: #f6f8fa; --edge: #d1d9e0;
  --go: #1a7f37; --bad: #cf222e; --warn: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --soft: #9198a1; --paper: #0d1117; --card: #151b23;
  --edge: #3d444d; --go: #238636; --bad: #f85149; --warn: #d29922; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  overflow-wrap: anywhere; }
main { max-width: 52rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1rem 0 0; }
p { margin: .5rem 0; } .soft { color: var(--soft); } .where { font-size: .9rem; color: var(--soft); }
code, pre { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: .5rem 0 0; padding: .75rem; overflow-x: auto; background: var(--paper); border: 1px solid var(--edge);
  border-radius: 6px; }
.card { margin: .75rem 0; padding: .75rem 1rem; background: var(--card); border: 1px solid var(--edge);
  border-radius: 8px; }
form + h3 { margin-top: 2rem; }
.card ul { margin: .5rem 0 0; padding-left: 1.25rem; } .card ul:first-child { margin-top: 0; }
summary { cursor: pointer; }
.error { border-color: var(--bad); border-left-width: 6px; }
.mark { font-size: .8rem; color: var(--warn); border: 1px solid; border-radius: 999px; padding: 0 .5rem; }
button { font: inherit; font-weight: 600; padding: .5rem 1rem; color: #ffffff; background: var(--go); border: 0;
  border-radius: 6px; cursor: pointer; }
input { font: inherit; padding: .45rem .6rem; width: 100%; max-width: 26rem; color: inherit; background: var(--paper);
  border: 1px solid var(--edge); border-radius: 6px; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
:focus-visible { outline: 3px solid #0969da; outline-offset: 2px; }
form { margin: 1rem 0; } form div { margin-bottom: .75rem; }
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body><main>
{body}
</main></body>
</html>
"""


@dataclass(frozen=True)
class Operation:
    """One thing that a revision does.

    :param sql: the statements; None where they depend on what is in the database then.
    :param marks: what to be aware of, in words.
    """

    sentence: str
    sql: tuple[str, ...] | None = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pending:
    """A revision that is not applied.

    :param unknown: why it cannot be known beforehand what it does; empty where it can.
    :param begun: True if it was interrupted half way.
    :param database: where it is pending, in words; empty where there is one database alone.
    """

    id: str
    message: str = ""
    path: str = ""
    operations: tuple[Operation, ...] = ()
    unknown: str = ""
    begun: bool = False
    database: str = ""


@dataclass(frozen=True)
class Difference:
    """What the models have, or no longer have, and no revision.

    :param mark: what is lost, in words; empty if nothing is.
    :param database: in which database, in words; empty where there is one alone.
    :param history: whose revisions it belongs to, where each database has its own: a name, else empty.
    """

    sentence: str
    mark: str = ""
    database: str = ""
    history: str = ""


@dataclass(frozen=True)
class Situation:
    """What there is to say.

    :param database: in words, without a password.
    :param pending: in the order in which they would be applied.
    :param differences: what the models have and no revision; those of one database are together.
    :param cure: a command that is the better way out; empty if there is none.
    :param cure_reason: why.
    :param problem: what is wrong with the revisions, or went wrong when they were applied; empty if nothing is.
    :param hint: what to do about it.
    :param group: the name of the commands.
    """

    database: str
    pending: tuple[Pending, ...] = ()
    differences: tuple[Difference, ...] = ()
    cure: str = ""
    cure_reason: str = ""
    problem: str = ""
    hint: str = ""
    group: str = "db"

    @property
    def needs_attention(self) -> bool:
        """True if the application should not be served as if all were well."""
        return bool(self.pending or self.problem)


@dataclass(frozen=True)
class Buttons:
    """What a page needs that may do something: only a trusted reader gets it.

    :param token: makes one request of the page's own known as such.
    :param back: the path to go to afterwards.
    :param root: the path below which the application is served; empty for the server's root.
    """

    token: str
    back: str
    root: str = ""


def html(situation: Situation, buttons: Buttons | None) -> str:
    """Return the page.

    :param buttons: None for a reader who may look only: then there are commands instead.
    """
    count = len(situation.pending)
    title = f"{count} revision{'' if count == 1 else 's'} pending" if count else "Revisions"
    parts = [f"<h1>{title}</h1>", f'<p class="where">{_text(situation.database)}</p>']
    if situation.problem:
        hint = _paragraph(_sentence(situation.hint))
        parts.append(_card("error", f"<strong>{_text(situation.problem)}</strong>", hint))
    if situation.cure:
        parts.append(_card("", _paragraph(situation.cure_reason), f"<pre>{_text(situation.cure)}</pre>"))
    if count:
        heading = "What it does" if count == 1 else "What they do"
        parts += [_apply(situation, buttons), f"<h2>{heading}</h2>", *_revisions(situation.pending)]
    elif not situation.problem:
        parts.append("<p>All revisions are applied.</p>")
    if situation.differences:
        parts.append("<h2>In the models, and in no revision</h2>")
        for history, some in groupby(situation.differences, key=lambda each: each.history):
            parts += [*_differences(some), _create(situation, buttons, history)]
    return PAGE.format(title=title, style=STYLE, body="\n".join(parts))


def as_json(situation: Situation) -> str:
    """Return the same for a program."""
    facts = {
        "error": situation.problem or ("revisions are pending" if situation.pending else ""),
        "hint": situation.hint or (f"flask {situation.group} upgrade" if situation.pending else ""),
        "database": situation.database,
        "pending": [_facts(each) for each in situation.pending],
        "differences": [_difference_facts(each) for each in situation.differences],
    }
    return json.dumps(facts, indent=2) + "\n"


def _facts(pending: Pending) -> dict[str, str | bool]:
    facts: dict[str, str | bool] = {"id": pending.id, "message": pending.message}
    if pending.begun:
        facts["begun"] = True
    if pending.database:
        facts["database"] = pending.database
    return facts


def _difference_facts(difference: Difference) -> dict[str, str]:
    facts = {"description": difference.sentence, "mark": difference.mark, "database": difference.database}
    return {name: value for name, value in facts.items() if value}


def _apply(situation: Situation, buttons: Buttons | None) -> str:
    if buttons is None:
        return f"<p>Apply them where the application runs:</p><pre>flask {_text(situation.group)} upgrade</pre>"
    what = "it" if len(situation.pending) == 1 else f"all {len(situation.pending)}"
    return _form(APPLY, buttons, f'<button autofocus type="submit">Apply {what}</button>')


def _create(situation: Situation, buttons: Buttons | None, history: str) -> str:
    """Return what makes a revision of some differences.

    :param history: whose revisions they belong to; empty where there is one history alone.
    """
    if buttons is None:
        bind = f" --bind {shlex.quote(history)}" if history else ""
        command = f'flask {situation.group} migrate{bind} -m "what it does"'
        return f"<p>Make a revision of it:</p><pre>{_text(command)}</pre>"
    id = f"message-{_text(history)}" if history else "message"
    field = f'<div><label for="{id}">What it does</label><input id="{id}" name="message" maxlength="200"></div>'
    what = f"Create a revision for {_text(history)}" if history else "Create a revision"
    return _form(CREATE, buttons, f'{field}<button type="submit">{what}</button>', history=history)


def _form(action: str, buttons: Buttons, content: str, *, history: str = "") -> str:
    values = {"token": buttons.token, "back": buttons.back, **({"history": history} if history else {})}
    hidden = "".join(f'<input type="hidden" name="{name}" value="{_text(value)}">' for name, value in values.items())
    return f'<form method="post" action="{_text(buttons.root + action)}">{hidden}{content}</form>'


def _revisions(pending: Iterable[Pending]) -> Iterator[str]:
    for database, some in groupby(pending, key=lambda each: each.database):
        if database:
            yield f"<h3>{_text(database)}</h3>"
        yield from map(_revision, some)


def _revision(pending: Pending) -> str:
    head = f"<code>{_text(pending.id)}</code> <strong>{_text(pending.message)}</strong>"
    if pending.begun:
        head += f' <span class="mark">{BEGUN}</span>'
    parts = [head, f'<div class="where">{_text(pending.path)}</div>' if pending.path else ""]
    if pending.operations:
        parts.append("<ul>" + "".join(_item(each.sentence, each.marks) for each in pending.operations) + "</ul>")
    statements = [sql for each in pending.operations for sql in each.sql or ()]
    if statements:
        text = ";\n".join(map(_text, statements))
        parts.append(f"<details><summary>SQL</summary><pre>{text};</pre></details>")
    if pending.unknown:
        parts.append(f'<p class="soft">{_text(pending.unknown)}</p>')
    return _card("", *parts)


def _differences(differences: Iterable[Difference]) -> Iterator[str]:
    for database, some in groupby(differences, key=lambda each: each.database):
        if database:
            yield f"<h3>{_text(database)}</h3>"
        items = "".join(_item(each.sentence, [each.mark] if each.mark else []) for each in some)
        yield _card("", f"<ul>{items}</ul>")


def _item(sentence: str, marks: Iterable[str]) -> str:
    shown = "".join(f' <span class="mark">{_text(mark)}</span>' for mark in marks)
    return f"<li>{_text(sentence)}{shown}</li>"


def _card(kind: str, *parts: str) -> str:
    return f'<section class="card {kind}">{"".join(parts)}</section>'


def _paragraph(text: str) -> str:
    return f"<p>{_text(text)}</p>" if text else ""


def _sentence(text: str) -> str:
    """Return a hint, which is a part of a line elsewhere, as a sentence of its own."""
    return text[:1].upper() + text[1:]


def _text(text: str) -> str:
    """Return a text as it is in HTML, without control characters."""
    return escape("".join(each if each.isprintable() or each in "\n\t" else " " for each in text))
