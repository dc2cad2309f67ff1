"""What a run was given: the file that `CORPUS_RUN` names, as one object."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

given = SimpleNamespace(**json.loads(Path(os.environ["CORPUS_RUN"]).read_text(encoding="utf-8")))
