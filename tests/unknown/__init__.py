"""Three sites that no profile describes, generated page by page with known texts."""
