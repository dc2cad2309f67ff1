"""The revisions, by tests that are ready."""

from flask_revisions.testing.ready import *  # noqa: F403
