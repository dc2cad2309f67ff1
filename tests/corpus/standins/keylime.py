"""keylime: the column type that revisions take from its models; a logger, and what reads allowlists."""

import logging
from types import SimpleNamespace

import sqlalchemy as sa
from standing import stand


class JSONPickleType(sa.TypeDecorator[object]):
    impl = sa.Text
    cache_ok = True


stand("keylime.db.registrar_db", JSONPickleType=JSONPickleType)
stand("keylime.db.verifier_db", JSONPickleType=JSONPickleType)
stand("keylime.keylime_logging", init_logging=logging.getLogger)
stand("keylime.ima", ima=SimpleNamespace())
