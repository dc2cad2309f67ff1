"""The project below has tests of its own, which a process of their own runs."""

collect_ignore = ["project"]
