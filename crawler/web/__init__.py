"""Review pages and JSON API."""
