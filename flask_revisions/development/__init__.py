"""What happens while an application serves: automatic upgrade before the first request."""
