"""MLflow: makes the tables of its first releases itself; the history begins after them."""

from sqlalchemy import Engine


def first(engine: Engine) -> None:
    from mlflow.store.tracking.dbmodels.initial_models import Base

    Base.metadata.create_all(engine)
