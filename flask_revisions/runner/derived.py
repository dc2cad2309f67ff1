"""What a script would do, found out without a database; and its way back, where it has no `downgrade()`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..errors import Irreversible, NotKnowable
from ..operations.base import Operation
from ..operations.executor import Executor, current_executor, executing
from ..operations.inverse import inverse_of
from ..operations.script import Script
from .executors import UNANSWERED, CollectingExecutor


def collect(
    function: Callable[..., Any], keywords: Mapping[str, Any], *, executor: Executor
) -> tuple[tuple[Operation, ...], Any]:
    """Return the operations that a function of a script would carry out, and what it returned; nothing is done.

    :param keywords: what the function is called with.
    :param executor: the one that would carry them out, for its dialect and its run.
    :raises NotKnowable: the function asks the database something.
    """
    collecting = CollectingExecutor(
        executor.dialect,
        run=replace(executor.run, offline=False),
        naming_convention=executor.naming_convention,
        transactional_ddl=executor.transactional_ddl,
        applied=executor.applied(),
    )
    with executing(collecting):
        try:
            result = function(**keywords)
        except Exception as error:
            shown = UNANSWERED.instead_of(error)
            if shown is error:
                raise
            raise shown from error
    return tuple(collecting.operations), result


def downgrade_from_upgrade(script: Script) -> Callable[..., Any]:
    """Return a function that takes back what `upgrade()` of a script does.

    :raises Irreversible: when it is called: an operation does not say how it is undone, or what `upgrade()` does
        depends on what it finds in the database.
    """

    def downgrade(**keywords: Any) -> Any:
        executor = current_executor()
        try:
            operations, result = collect(script.upgrade, keywords, executor=executor)
            closes_circles = not script.is_alembics and executor.dialect.supports_alter
            undone = inverse_of(operations, closes_circles=closes_circles)
        except (Irreversible, NotKnowable) as error:
            reason = error.message[0].lower() + error.message[1:]
            raise Irreversible(
                f"Revision {script.revision} has no downgrade(), and upgrade() does not say it: {reason}",
                f"write it in {script.path}, or 'flask db stamp' the revision below if the database is there already.",
                operation=getattr(error, "operation", ""),
            ) from error
        for operation in undone:
            executor.invoke(operation)
        return result

    return downgrade
