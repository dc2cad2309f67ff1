"""langflow: its helpers are the real ones, and so is the model that a revision compares with; no services."""

import logging
import uuid
from types import SimpleNamespace

from standing import package, stand

for name in (
    "langflow",
    "langflow.utils",
    "langflow.schema",
    "langflow.services",
    "langflow.services.database",
    "langflow.services.database.models",
):
    package(name)
stand("langflow.services.auth.mcp_encryption", encrypt_auth_settings=None, decrypt_auth_settings=None)
stand("langflow.services.auth.utils", decrypt_api_key=None)
stand("langflow.services.deps", get_settings_service=SimpleNamespace)
stand("lfx.log.logger", logger=logging.getLogger("langflow"))
stand("lfx.schema.serialize", UUIDstr=uuid.UUID, str_to_uuid=uuid.UUID)
