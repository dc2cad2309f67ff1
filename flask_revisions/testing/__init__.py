"""For the tests of an application: databases that are copied, and tests of its revisions that are ready to be run."""
