"""One function for each thing that a user can ask for; values in, values out, nothing printed."""
