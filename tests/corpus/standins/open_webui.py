"""open-webui: the column type of its first tables; its `migrations.util` is the real one."""

import sqlalchemy as sa
from standing import package, stand


class JSONField(sa.TypeDecorator[object]):
    impl = sa.UnicodeText
    cache_ok = True


package("open_webui")
stand("open_webui.internal.db", JSONField=JSONField)
