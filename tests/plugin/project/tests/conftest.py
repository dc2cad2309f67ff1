"""What the plugin has to know of the application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from app import create_app
from flask import Flask


@pytest.fixture(scope="session")
def revisions_app_factory() -> Callable[[str], Flask]:
    return create_app


@pytest.fixture(scope="session")
def revisions_data() -> Mapping[str, Mapping[str, list[dict[str, Any]]]]:
    return {"a1a1a1a1a1a1": {"author": [{"id": 7, "name": "given"}]}}
