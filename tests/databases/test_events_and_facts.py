"""What a run tells while it goes on, and what scripts and callbacks find."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.errors import ScriptFailed
from flask_revisions.runner.events import Connected, Planned, StepFinished, StepStarted

from ..projects import Project
from ..servers import about_drivers

TABLE = 'op.create_table("t_a1", sa.Column("id", sa.Integer), sa.Column("n", sa.Integer))\n'


def test_events_in_their_order(project: Project) -> None:
    project.table("a1")
    project.table("b2", "a1")
    events: list[Any] = []
    steps = project.revisions().upgrade(report=events.append)
    assert [type(event) for event in events] == [
        Connected, Planned, StepStarted, StepFinished, StepStarted, StepFinished,
    ]  # fmt: skip
    del events[0]
    assert events[0].steps == 2
    assert [(e.step.revision.id, e.number, e.of) for e in events[1:]] == [("a1", 1, 2)] * 2 + [("b2", 2, 2)] * 2
    assert [e.step for e in events[1::2]] == list(steps) and all(0 < e.seconds < 30 for e in events[2::2])
    events.clear()
    project.revisions().upgrade(report=events.append)
    assert events == [Planned(0, ("b2",))]


def test_a_step_is_finished_when_its_row_is_there(project: Project) -> None:
    project.table("a1")
    seen: list[Any] = []

    def report(event: Any) -> None:
        if isinstance(event, (StepStarted, StepFinished)):
            seen.append((type(event).__name__, project.applied()))

    project.revisions().upgrade(report=report)
    assert seen == [("StepStarted", set()), ("StepFinished", {"a1"})]


def test_a_step_that_fails_is_not_finished(project: Project) -> None:
    project.script("a1", None, "raise ValueError('no')")
    events: list[Any] = []
    with pytest.raises(ScriptFailed):
        project.revisions().upgrade(report=events.append)
    assert [type(event) for event in events] == [Connected, Planned, StepStarted]


def test_a_report_that_raises_ends_the_run_between_steps(project: Project) -> None:
    project.table("a1")
    project.table("b2", "a1")

    def report(event: Any) -> None:
        if isinstance(event, StepFinished):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        project.revisions().upgrade(report=report)
    assert project.applied() == {"a1"} and project.tables() == {"t_a1"}
    assert len(project.revisions().upgrade()) == 1


def test_what_on_version_apply_is_called_with(project: Project) -> None:
    calls: list[dict[str, Any]] = []

    def callback(**keywords: Any) -> None:
        rows = keywords["ctx"].bind.execute(sa.text("SELECT version_num FROM alembic_version")).scalars()
        calls.append({**keywords, "rows": set(rows), "before": keywords["ctx"].get_current_heads()})

    for id, down in (("a1", None), ("b2", "a1"), ("x2", "a1"), ("m3", ("b2", "x2"))):
        body = "pass"
        path = project.script(id, down, body)
        path.write_text(path.read_text().replace("grade():", "grade(*, color):"))
    revisions = project.revisions(on_version_apply=[callback], run_kwargs={"color": "red"})
    revisions.upgrade()
    assert [set(call) for call in calls] == [{"ctx", "step", "heads", "run_args", "rows", "before"}] * 4
    assert [call["heads"] for call in calls] == [call["rows"] for call in calls]
    assert calls[-1]["heads"] == {"m3"} and set(calls[-1]["before"]) == {"b2", "x2"}
    assert all(call["run_args"] == {"color": "red"} for call in calls)
    step = calls[-1]["step"]
    assert (step.is_upgrade, step.is_stamp, step.is_migration, step.up_revision_id) == (True, False, True, "m3")
    assert step.down_revision_ids == step.source_revision_ids == ("b2", "x2")
    revisions.downgrade("base")
    assert [call["heads"] for call in calls[4:]][-1] == set() and not calls[4]["step"].is_upgrade
    revisions.stamp("head")
    assert calls[-1]["step"].is_stamp and calls[-1]["heads"] == {"m3"} == calls[-1]["rows"]


def test_several_callbacks_in_their_order(project: Project) -> None:
    project.script("a1")
    order: list[str] = []
    callbacks = [lambda **keywords: order.append("first"), lambda **keywords: order.append("second")]
    project.revisions(on_version_apply=callbacks).upgrade()
    assert order == ["first", "second"]


def test_what_a_script_may_ask(project: Project, kind: str) -> None:
    body = f"""
        from {{op}} import context
        ctx = op.get_context()
        assert ctx.bind is ctx.connection is op.get_bind() is context.get_bind() is ctx.impl.connection
        assert ctx.dialect is op.get_bind().dialect and not ctx.as_sql and not context.is_offline_mode()
        assert context.is_transactional_ddl() is ctx.impl.transactional_ddl is {kind != "mariadb"}
        assert ctx.opts["mine"] == 1 and ctx.opts["version_table"] == "alembic_version"
        assert context.get_x_argument(as_dictionary=True) == {{{{"a": "1"}}}} and context.get_tag_argument() == "t"
        assert ctx.get_current_revision() == "a1" and ctx.get_current_heads() == ("a1",)
    """
    for op in ("flask_revisions", "alembic"):
        project.script("a1", op=op)
        lines = "\n".join(line.strip() for line in body.strip().splitlines()).format(op=op)
        project.script("b2", "a1", lines, lines.replace('"a1"', '"b2"'), op=op)
        revisions = project.revisions(opts={"mine": 1})
        revisions.upgrade(x_arg=["a=1"], tag="t")
        revisions.downgrade("a1", x_arg="a=1", tag="t")
        revisions.downgrade("base")


@about_drivers
def test_the_bind_is_a_real_connection(project: Project) -> None:
    body = """
        from sqlalchemy.orm import Session
        bind = op.get_bind()
        assert isinstance(bind, sa.Connection) and not bind.closed and bind.in_transaction()
        assert "n" in [each["name"] for each in sa.inspect(bind).get_columns("t_a1")]
        assert sa.Table("t_a1", sa.MetaData(), autoload_with=bind).c.keys() == ["id", "n"]
        bind.execute(sa.text("INSERT INTO t_a1 (id, n) VALUES (:id, 0)"), [{"id": 1}, {"id": 2}])
        cursor = bind.connection.cursor()
        cursor.execute("UPDATE t_a1 SET n = 5 WHERE id = 2")
        cursor.close()
        assert bind.connection.dbapi_connection is bind.connection.driver_connection
        assert [row.n for row in bind.execute(sa.text("SELECT n FROM t_a1 ORDER BY n")).yield_per(1)] == [0, 5]
        session = Session(bind=bind)
        assert session.scalar(sa.text("SELECT sum(n) FROM t_a1")) == 5
        session.close()
        sa.MetaData().create_all(bind)
        made = sa.Table("t_more", sa.MetaData(), sa.Column("id", sa.Integer))
        made.create(bind, checkfirst=True)
        made.create(bind, checkfirst=True)
        options = {"stream_results": True, "schema_translate_map": {None: "nosuch"}}
        assert bind.execution_options(**options) is bind
        assert bind.execute(sa.text("SELECT n FROM t_a1 ORDER BY id")).scalars().all() == [0, 5]
    """
    project.script("a1", None, TABLE)
    project.script("b2", "a1", "\n".join(line.strip() for line in body.strip().splitlines()))
    project.script("c3", "b2", 'op.execute("INSERT INTO t_more VALUES (1)")')
    project.revisions().upgrade()
    assert project.applied() == {"c3"} and project.tables() == {"t_a1", "t_more"}


def test_what_a_module_does_while_it_is_loaded_is_part_of_the_step(project: Project) -> None:
    project.script("a1", None, TABLE)
    project.revisions().upgrade()
    before = 'op.get_bind().execute(sa.text("INSERT INTO t_a1 (id) VALUES (1)"))\n\n\n'
    project.script("b2", "a1", "raise ValueError('no')", before=before)
    with pytest.raises(ScriptFailed, match="ValueError: no"):
        project.revisions().upgrade()
    assert project.query("SELECT count(*) FROM t_a1") == [(0,)]
    project.script("b2", "a1", before=before)
    project.revisions().upgrade()
    assert project.query("SELECT count(*) FROM t_a1") == [(1,)]
