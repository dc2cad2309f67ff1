"""What every error of the command line has to be: two lines for people, and no more."""

from __future__ import annotations

import re

from ..projects import Result

TO_DO = (
    "add ask bring call change check choose correct create end give hand leave make move name raise restore "
    "run save say set try use write"
)
NEXT_STEP = re.compile(
    rf"flask db|pip install|--\w|REVISIONS_|'[a-z+@<0-9-]+|\b({'|'.join(TO_DO.split())})\b|"
    r"did you mean|is it|lower end|may this user|nothing to merge|a range has"
)
"""A hint tells what to type, what to change, or what to look at."""


def two_lines(result: Result, code: int, *, warnings: int = 0) -> tuple[str, str]:
    """Return message and hint of a command that has failed as it should.

    :param code: its exit code.
    :param warnings: lines of ours that come before.
    """
    lines = [line for line in result.err.splitlines() if not line.startswith("Waiting for ")]
    assert result.code == code, result
    assert "Traceback" not in result.err + result.out, result
    assert all(line.startswith("Warning: ") for line in lines[:warnings]), result
    assert len(lines) == 2 + warnings, result
    message, hint = lines[warnings:]
    assert message.startswith("Error: ") and len(message) > len("Error: ") + 10, message
    assert hint.startswith("Hint: ") and NEXT_STEP.search(hint), hint
    assert len(message) < 1100 and message.isprintable() and hint.isprintable()
    return message.removeprefix("Error: "), hint.removeprefix("Hint: ")
