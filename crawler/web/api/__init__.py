"""The API under /api/v1: what programs read and do, with the same rights, decisions and words as the pages."""
