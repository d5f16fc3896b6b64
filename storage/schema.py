"""All tables together: importing it is what makes them known to ``metadata``."""

from storage import tables_accounts, tables_outbox, tables_review, tables_search, tables_service
from storage.tables import metadata

__all__ = ["metadata", "tables_accounts", "tables_outbox", "tables_review", "tables_search", "tables_service"]
